//! Which hubs there are, in the order in which a testnet of N takes them.
//!
//! The first eight are the hubs and corridors of the founding texts; the others are countries with real codes, so that
//! a testnet of any size up to [`HUBS_MAX`] stays readable.

/// Most hubs in one testnet; each is a process of its own.
pub const HUBS_MAX: usize = ROSTER.len();

/// What the sample world knows about a hub. Places are UN/LOCODE, the currency is ISO 4217.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HubFacts {
    /// The hub's code, as in its charter.
    pub code: &'static str,
    /// The name an operator sees.
    pub name: &'static str,
    /// The office that decides, and the place where goods are loaded or discharged by air.
    pub airport: &'static str,
    /// The place where goods are loaded or discharged by sea or, inland, by road.
    pub port: &'static str,
    /// What people pay with there.
    pub currency: &'static str,
}

impl HubFacts {
    /// ISO 3166 alpha-2 of the country the hub clears for.
    pub fn country(&self) -> &'static str {
        &self.code[..2]
    }
}

/// The facts of one hub, if the roster has it.
pub fn find(code: &str) -> Option<&'static HubFacts> {
    ROSTER.iter().find(|facts| facts.code == code)
}

const fn hub(
    code: &'static str,
    name: &'static str,
    airport: &'static str,
    port: &'static str,
    currency: &'static str,
) -> HubFacts {
    HubFacts {
        code,
        name,
        airport,
        port,
        currency,
    }
}

/// All hubs, in the order in which a testnet takes them.
pub static ROSTER: [HubFacts; 32] = [
    hub("CN-HGH", "Hangzhou Cross-border Pilot Zone", "CNHGH", "CNNBO", "CNY"),
    hub("MY", "Malaysia Digital Free Trade Zone", "MYKUL", "MYPKG", "MYR"),
    hub("RW", "Rwanda", "RWKGL", "RWKGL", "RWF"),
    hub("ET", "Ethiopia", "ETADD", "ETMOJ", "ETB"),
    hub("BE", "Belgium, Liege", "BELGG", "BEANR", "EUR"),
    hub("TH", "Thailand", "THBKK", "THLCH", "THB"),
    hub("US", "United States", "USLAX", "USNYC", "USD"),
    hub("SG", "Singapore", "SGSIN", "SGSIN", "SGD"),
    hub("KE", "Kenya", "KENBO", "KEMBA", "KES"),
    hub("VN", "Viet Nam", "VNSGN", "VNHPH", "VND"),
    hub("ID", "Indonesia", "IDCGK", "IDJKT", "IDR"),
    hub("PH", "Philippines", "PHMNL", "PHMNL", "PHP"),
    hub("JP", "Japan", "JPNRT", "JPTYO", "JPY"),
    hub("KR", "Republic of Korea", "KRICN", "KRPUS", "KRW"),
    hub("AU", "Australia", "AUSYD", "AUMEL", "AUD"),
    hub("NZ", "New Zealand", "NZAKL", "NZAKL", "NZD"),
    hub("IN", "India", "INDEL", "INBOM", "INR"),
    hub("BD", "Bangladesh", "BDDAC", "BDCGP", "BDT"),
    hub("LK", "Sri Lanka", "LKCMB", "LKCMB", "LKR"),
    hub("AE", "United Arab Emirates", "AEDXB", "AEJEA", "AED"),
    hub("SA", "Saudi Arabia", "SARUH", "SAJED", "SAR"),
    hub("EG", "Egypt", "EGCAI", "EGALY", "EGP"),
    hub("GH", "Ghana", "GHACC", "GHTEM", "GHS"),
    hub("NG", "Nigeria", "NGLOS", "NGAPP", "NGN"),
    hub("ZA", "South Africa", "ZAJNB", "ZADUR", "ZAR"),
    hub("BR", "Brazil", "BRGRU", "BRSSZ", "BRL"),
    hub("MX", "Mexico", "MXMEX", "MXZLO", "MXN"),
    hub("CL", "Chile", "CLSCL", "CLVAP", "CLP"),
    hub("PE", "Peru", "PELIM", "PECLL", "PEN"),
    hub("CA", "Canada", "CAYYZ", "CAVAN", "CAD"),
    hub("GB", "United Kingdom", "GBLHR", "GBFXT", "GBP"),
    hub("DE", "Germany", "DEFRA", "DEHAM", "EUR"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_first_eight_are_the_hubs_of_the_founding_texts() {
        let first: Vec<_> = ROSTER[..8].iter().map(|facts| facts.code).collect();
        assert_eq!(first, ["CN-HGH", "MY", "RW", "ET", "BE", "TH", "US", "SG"]);
    }

    #[test]
    fn no_hub_stands_twice_and_every_place_lies_in_its_country() {
        let codes: BTreeSet<_> = ROSTER.iter().map(|facts| facts.code).collect();
        assert_eq!(codes.len(), ROSTER.len());
        for facts in &ROSTER {
            for place in [facts.airport, facts.port] {
                assert_eq!(place.len(), 5, "{}", facts.code);
                assert!(place.starts_with(facts.country()), "{}: {place}", facts.code);
            }
            assert_eq!(facts.currency.len(), 3);
        }
    }
}
