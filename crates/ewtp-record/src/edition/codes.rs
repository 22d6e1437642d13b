//! The code lists of tariff editions.

use crate::codes::code_list;

code_list! {
    /// What a measure of a tariff line is.
    // spec: edition R8, duty-expression R4
    MeasureKind, "measure", "duty-expression R4" {
        /// The duty for everyone: most favoured nation, third country.
        Mfn = 1, "mfn";
        /// A lower duty under an agreement.
        Preference = 2, "preference";
        /// A lower duty that a country gives without an agreement.
        Gsp = 3, "gsp";
        /// Against prices below those at home.
        AntiDumping = 4, "anti-dumping";
        /// Against subsidies.
        Countervailing = 5, "countervailing";
        /// Against a surge of imports.
        Safeguard = 6, "safeguard";
        /// Retaliation and surcharges.
        Additional = 7, "additional";
        /// On what is consumed, wherever it was made.
        Excise = 8, "excise";
        /// Sales tax, value added tax, goods and services tax.
        Vat = 9, "vat";
        /// A supplementary or regulatory duty.
        Supplementary = 10, "supplementary";
        /// A levy or a fee.
        Levy = 11, "levy";
        /// The duty within a quota.
        InQuota = 12, "in-quota";
        /// The duty for everyone, suspended or reduced for a time.
        Suspension = 13, "suspension";
        /// May not be brought in.
        Prohibition = 14, "prohibition";
        /// May be brought in with a licence.
        Licence = 15, "licence";
        /// The charge of a simplified regime for what people buy abroad.
        ECommerce = 16, "e-commerce";
    }
}

code_list! {
    /// The value that a percentage is taken of.
    // spec: edition R3
    Valuation, "valuation", "edition R3" {
        /// Up to the ship's side: without freight and insurance.
        Fob = 1, "fob";
        /// At the border of arrival: with freight and insurance.
        Cif = 2, "cif";
    }
}

code_list! {
    /// The direction in which an amount is rounded.
    // spec: edition R8
    RoundingMode, "rounding", "edition R8" {
        /// To the nearer step; from the middle away from zero.
        HalfUp = 1, "half-up";
        /// To the nearer step; from the middle to the even one.
        HalfEven = 2, "half-even";
        /// Away from zero.
        Up = 3, "up";
        /// Toward zero.
        Down = 4, "down";
    }
}

code_list! {
    /// What is rounded at once.
    // spec: edition R8
    RoundingScope, "rounding-scope", "edition R8" {
        /// The amount of each line.
        Line = 0, "line";
        /// The sum over a consignment.
        Consignment = 1, "consignment";
    }
}
