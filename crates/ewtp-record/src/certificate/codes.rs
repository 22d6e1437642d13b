//! The code lists of certificates.

use crate::Duty;
use crate::codes::code_list;

code_list! {
    /// What a certificate certifies.
    // spec: certificate R2
    Subtype, "type", "certificate R2" {
        /// Goods may leave the country.
        ExportRelease = 1, "export-release";
        /// Goods may enter the country.
        ImportRelease = 2, "import-release";
        /// Goods move under customs control.
        Transit = 3, "transit";
        /// Such a movement has ended.
        TransitDischarge = 4, "transit-discharge";
        /// A permit or licence for a quantity of goods.
        Permit = 5, "permit";
        /// The result of an inspection.
        Inspection = 6, "inspection";
        /// Plants and plant products are free of pests.
        Phytosanitary = 7, "phytosanitary";
        /// Food and animals are fit, or healthy.
        Sanitary = 8, "sanitary";
        /// Origin under a preferential agreement.
        PreferentialOrigin = 9, "preferential-origin";
        /// Origin without preference.
        Origin = 10, "origin";
        /// Conformity with a technical regulation.
        Conformity = 11, "conformity";
        /// The result of a non-intrusive scan.
        Scan = 12, "scan";
        /// Duty was assessed.
        DutyAssessment = 14, "duty-assessment";
    }
}

code_list! {
    /// What the authority decided.
    // spec: certificate R3
    Decision, "decision", "certificate R3" {
        /// Released without conditions.
        Released = 1, "released";
        /// Released, with conditions that the holder knows.
        ReleasedWithConditions = 2, "released-with-conditions";
        /// Released, to be examined on arrival.
        ReleasedForExamination = 3, "released-for-examination";
        /// Refused.
        Refused = 4, "refused";
        /// A permit is granted.
        Granted = 5, "granted";
        /// The goods conform.
        Conforms = 6, "conforms";
        /// The goods do not conform.
        DoesNotConform = 7, "does-not-conform";
        /// The goods conform since they were treated.
        ConformsAfterTreatment = 8, "conforms-after-treatment";
        /// Sampled; the result is not known yet.
        Pending = 9, "pending";
        /// The statement of origin is certified.
        Certified = 10, "certified";
        /// Duty is assessed.
        Assessed = 11, "assessed";
        /// The transit ended as it should.
        Discharged = 12, "discharged";
        /// The transit ended, and something differs.
        DischargedWithDiscrepancy = 13, "discharged-with-discrepancy";
    }
}

code_list! {
    /// How goods travel, by UN/ECE Recommendation 19.
    // spec: certificate R8
    TransportMode, "transport-mode", "certificate R8" {
        /// By sea.
        Sea = 1, "sea";
        /// By rail.
        Rail = 2, "rail";
        /// By road.
        Road = 3, "road";
        /// By air.
        Air = 4, "air";
        /// By mail.
        Mail = 5, "mail";
        /// By several of them.
        Multimodal = 6, "multimodal";
        /// Through a fixed installation, such as a pipeline.
        Fixed = 7, "fixed";
        /// On inland waters.
        InlandWater = 8, "inland-water";
    }
}

impl Subtype {
    /// The duty of the keys that may sign it.
    // spec: charter R20
    #[must_use]
    pub const fn duty(self) -> Duty {
        match self {
            Self::Permit => Duty::Permit,
            Self::Inspection | Self::Phytosanitary | Self::Sanitary | Self::Conformity | Self::Scan => Duty::Inspection,
            Self::ExportRelease
            | Self::ImportRelease
            | Self::Transit
            | Self::TransitDischarge
            | Self::PreferentialOrigin
            | Self::Origin
            | Self::DutyAssessment => Duty::Customs,
        }
    }

    /// The decisions it can carry.
    // spec: certificate R3
    #[must_use]
    pub const fn decisions(self) -> &'static [Decision] {
        use Decision as D;
        match self {
            Self::ExportRelease | Self::ImportRelease | Self::Transit => &[
                D::Released,
                D::ReleasedWithConditions,
                D::ReleasedForExamination,
                D::Refused,
            ],
            Self::TransitDischarge => &[D::Discharged, D::DischargedWithDiscrepancy],
            Self::Permit => &[D::Granted, D::Refused],
            Self::Inspection | Self::Phytosanitary | Self::Sanitary | Self::Conformity | Self::Scan => {
                &[D::Conforms, D::DoesNotConform, D::ConformsAfterTreatment, D::Pending]
            }
            Self::PreferentialOrigin | Self::Origin => &[D::Certified, D::Refused],
            Self::DutyAssessment => &[D::Assessed],
        }
    }

    /// Whether it must name the customs regime.
    // spec: certificate R6
    #[must_use]
    pub const fn needs_regime(self) -> bool {
        matches!(
            self,
            Self::ExportRelease | Self::ImportRelease | Self::Transit | Self::TransitDischarge | Self::DutyAssessment
        )
    }

    /// Whether it can cover a batch of parcels.
    // spec: certificate R12
    #[must_use]
    pub const fn may_cover_batch(self) -> bool {
        matches!(self, Self::ExportRelease | Self::ImportRelease | Self::Transit)
    }
}
