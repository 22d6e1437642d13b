//! What a receipt proves: that the record is in its issuer's log, and that enough others saw that log.

use std::collections::BTreeMap;
use std::sync::Arc;

use ewtp_record::{HubCode, Record, UnixTime};
use ewtp_trust::{CharterChain, Directory};

use crate::bundle::{Bundle, Receipt};
use crate::chains::Chains;
use crate::outcome::{CheckCode, Outcome};
use crate::policy::Policy;
use crate::quorum::{self, Possible, Quorum, Witnessed};
use crate::receipt;
use crate::report::Report;

/// What the checks on logging look at.
pub(crate) struct Logged<'a> {
    pub(crate) bundle: &'a Bundle,
    pub(crate) policy: &'a Policy,
    pub(crate) record: &'a Record,
    /// The issuer's chain, as it was judged.
    pub(crate) chain: Option<&'a Arc<CharterChain>>,
    pub(crate) now: UnixTime,
}

impl Logged<'_> {
    /// Reports on inclusion, checkpoint, cosignatures and quorum.
    pub(crate) fn check(&self, report: &mut Report, chains: &mut Chains) -> Witnessed {
        let Some(receipt) = &self.bundle.receipt else {
            self.no_receipt(report);
            return self.nobody(None);
        };
        let directory = self.directory(receipt, chains);
        let checkpoint = receipt::verify(report, &directory, self.issuer(), self.record, receipt);
        let (Some(checkpoint), Some(possible)) = (checkpoint, self.possible_witnesses(Some(receipt))) else {
            report.unknown(
                CheckCode::Quorum,
                Outcome::Undecided,
                "no checkpoint that could be witnessed",
            );
            return self.nobody(Some(receipt));
        };
        quorum::count(
            report,
            &directory,
            checkpoint.note(),
            &receipt.cosignatures,
            &possible,
            self.now,
        )
    }

    /// "Not shown to be logged", unless the policy takes this kind on its signature. // spec: bundle R15
    fn no_receipt(&self, report: &mut Report) {
        let kind = self.record.header().kind;
        if self.policy.unlogged.contains(&kind) {
            let detail = format!("not shown to be logged; the policy accepts a {kind} on its signature alone");
            return report.skip(CheckCode::Inclusion, detail);
        }
        report.unknown(
            CheckCode::Inclusion,
            Outcome::Undecided,
            "not shown to be logged: the bundle has no receipt",
        );
    }

    /// The quorum that would be needed, with nobody in it.
    fn nobody(&self, receipt: Option<&Receipt>) -> Witnessed {
        let need = self
            .possible_witnesses(receipt)
            .map_or(0, |possible| ewtp_trust::quorum_need(possible.hubs.len()));
        Witnessed {
            quorum: Quorum {
                have: 0,
                need,
                witnesses: Vec::new(),
            },
            as_of: None,
        }
    }

    /// By the panel of the charter that the receipt names, or else of the newest.
    fn possible_witnesses(&self, receipt: Option<&Receipt>) -> Option<Possible> {
        let chain = self.chain?;
        let charter = chain.at(receipt.map_or_else(|| chain.number(), |receipt| receipt.charter))?;
        Some(quorum::possible_witnesses(self.policy, self.issuer(), charter.panel()))
    }

    /// The chains that the receipt needs: the issuer's as it was judged, and those of its cosigners that begin at the
    /// policy's pin. // spec: bundle R11
    fn directory(&self, receipt: &Receipt, chains: &mut Chains) -> Directory {
        let mut directory = Directory::new(self.policy.net, BTreeMap::new());
        if let Some(chain) = self.chain {
            carry(&mut directory, Arc::clone(chain));
        }
        for cosignature in &receipt.cosignatures {
            let hub = cosignature.hub;
            let pinned = self.policy.pins.get(&hub).filter(|_| hub != self.issuer());
            let (Some(genesis), Some(charters)) = (pinned, self.bundle.chain(&hub)) else {
                continue;
            };
            match chains.read(self.policy, hub, charters) {
                Ok(chain) if chain.hub() == hub && chain.genesis_id() == *genesis && self.reaches(&chain) => {
                    carry(&mut directory, chain);
                }
                // A witness whose charters do not hold is one whose cosignature cannot be checked; the count says so.
                _ => {}
            }
        }
        directory
    }

    /// Whether a witness's chain is as new as the policy asks. An older one may hide that its key was revoked.
    // spec: bundle R19
    fn reaches(&self, chain: &CharterChain) -> bool {
        let least = self.policy.charter_min.get(&chain.hub());
        least.is_none_or(|least| chain.number() >= *least)
    }

    fn issuer(&self) -> HubCode {
        self.record.header().issuer
    }
}

fn carry(directory: &mut Directory, chain: Arc<CharterChain>) {
    let carried = directory
        .pin(chain.hub(), chain.genesis_id())
        .and_then(|()| directory.adopt_verified(chain));
    carried.expect("the directory is of the chain's net, and has each hub once");
}
