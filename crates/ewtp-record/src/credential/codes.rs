//! The code lists of credentials.

use crate::codes::code_list;

code_list! {
    /// What a merchant is.
    // spec: credential R3
    Form, "form", "credential R3" {
        /// A natural person who does not trade by profession.
        Individual = 0, "individual";
        /// A person who trades in their own name.
        SoleTrader = 1, "sole-trader";
        /// A company.
        Company = 2, "company";
        /// A co-operative.
        Cooperative = 3, "cooperative";
        /// A place where others sell.
        Marketplace = 4, "marketplace";
        /// A customs broker.
        Broker = 5, "broker";
        /// A carrier.
        Carrier = 6, "carrier";
        /// A warehouse.
        Warehouse = 7, "warehouse";
    }
}

code_list! {
    /// How many people work there: the cut at 30 is the founder's, those at 10, 50 and 250 are common ones.
    // spec: credential R3
    SizeBand, "size", "credential R3" {
        /// One person.
        One = 0, "1";
        /// Up to 9.
        UpTo9 = 1, "2-9";
        /// 10 to 29.
        UpTo29 = 2, "10-29";
        /// 30 to 49.
        UpTo49 = 3, "30-49";
        /// 50 to 249.
        UpTo249 = 4, "50-249";
        /// 250 and more.
        Above249 = 5, "250+";
    }
}

code_list! {
    /// How far the registrar checked.
    // spec: credential R4
    Tier, "tier", "credential R4" {
        /// Registered on its own word.
        Registered = 1, "registered";
        /// Documents were checked.
        DocumentVerified = 2, "document-verified";
        /// The site was visited.
        SiteVerified = 3, "site-verified";
        /// An authorised economic operator.
        AuthorisedOperator = 4, "authorised-operator";
    }
}
