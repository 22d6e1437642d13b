//! What the sample world sells: HS 2022 subheadings, their units of UN/ECE Recommendation 20, and who exports them.

/// One kind of goods.
#[derive(Clone, Copy, Debug)]
pub(super) struct Goods {
    /// The HS 2022 subheading, six digits.
    pub(super) hs: &'static str,
    /// The unit the quantity is told in.
    pub(super) unit: &'static str,
    /// Net weight of one such unit, in grams.
    pub(super) grams: u64,
    /// How many units a consignment usually has, from and to.
    pub(super) units: (u64, u64),
    /// Which roster countries sell it; empty means all of them.
    pub(super) sold_by: &'static [&'static str],
}

impl Goods {
    /// The HS chapter, two digits.
    pub(super) fn chapter(&self) -> &'static str {
        &self.hs[..2]
    }

    /// Whether a country of the roster sells it.
    pub(super) fn is_sold_by(&self, country: &str) -> bool {
        self.sold_by.is_empty() || self.sold_by.contains(&country)
    }
}

const fn goods(
    hs: &'static str,
    unit: &'static str,
    grams: u64,
    units: (u64, u64),
    sold_by: &'static [&'static str],
) -> Goods {
    Goods {
        hs,
        unit,
        grams,
        units,
        sold_by,
    }
}

/// KGM kilogram, H87 piece, PR pair, LTR litre.
pub(super) static GOODS: [Goods; 36] = [
    goods("040900", "KGM", 1000, (200, 4000), &["ET", "RW", "NZ", "TH"]), // natural honey
    goods("060311", "H87", 45, (5000, 60000), &["KE", "ET", "RW"]),       // fresh cut roses
    goods("080450", "KGM", 1000, (500, 9000), &["TH", "PH", "IN", "PE"]), // mangoes, guavas, mangosteens
    goods(
        "090111",
        "KGM",
        1000,
        (600, 19000),
        &["RW", "ET", "KE", "BR", "VN", "ID", "PE", "MX"],
    ), // coffee, not roasted
    goods("090121", "KGM", 1000, (50, 2000), &["RW", "ET", "BE", "US"]),  // coffee, roasted
    goods("090240", "KGM", 1000, (400, 12000), &["RW", "KE", "LK", "IN", "BD"]), // black tea
    goods("090412", "KGM", 1000, (100, 3000), &["RW", "IN", "VN", "MY"]), // crushed pepper
    goods("110100", "KGM", 1000, (2000, 24000), &["CA", "AU", "US", "DE"]), // wheat flour
    goods("120740", "KGM", 1000, (1000, 20000), &["ET", "NG", "IN"]),     // sesame seeds
    goods("151190", "KGM", 1000, (5000, 24000), &["MY", "ID", "TH"]),     // palm oil, refined
    goods("180100", "KGM", 1000, (2000, 24000), &["GH", "NG", "ID"]),     // cocoa beans
    goods("220710", "LTR", 789, (1000, 20000), &["BR", "US"]),            // ethyl alcohol, undenatured
    goods("300490", "KGM", 1000, (20, 900), &["BE", "IN", "DE", "US", "SG"]), // medicaments
    goods("330499", "KGM", 1000, (10, 600), &["CN", "KR", "JP", "MY", "US", "TH"]), // skin care
    goods("392330", "KGM", 1000, (100, 4000), &[]),                       // plastic bottles
    goods("392690", "KGM", 1000, (20, 1500), &[]),                        // other articles of plastics
    goods("401110", "H87", 9000, (40, 900), &["TH", "CN", "JP", "KR"]),   // tyres for cars
    goods("401519", "PR", 16, (10000, 400000), &["MY", "TH", "LK"]),      // rubber gloves
    goods("420221", "H87", 850, (20, 600), &["CN", "BE", "ET", "IN"]),    // leather handbags
    goods("441231", "KGM", 1000, (2000, 22000), &["MY", "ID", "VN"]),     // plywood
    goods("481910", "KGM", 1000, (200, 5000), &[]),                       // cartons of corrugated board
    goods(
        "610910",
        "H87",
        180,
        (300, 20000),
        &["CN", "BD", "VN", "LK", "EG", "PE"],
    ), // cotton T-shirts
    goods("620342", "H87", 520, (200, 9000), &["BD", "MX", "VN", "ET"]),  // cotton trousers
    goods("640399", "PR", 900, (100, 5000), &["VN", "ID", "ET", "BR"]),   // leather shoes
    goods("711319", "H87", 12, (5, 200), &["AE", "TH", "SG", "IN", "BE"]), // jewellery of precious metal
    goods("850440", "H87", 400, (100, 8000), &["CN", "MY", "US", "PH"]),  // static converters
    goods("851713", "H87", 210, (50, 4000), &["CN", "VN", "IN", "KR"]),   // smartphones
    goods("851762", "H87", 650, (20, 2000), &["CN", "MY", "US", "SG", "MX"]), // communication apparatus
    goods("852872", "H87", 9500, (20, 800), &["CN", "MX", "MY"]),         // television sets
    goods("854143", "H87", 22000, (100, 1200), &["CN", "MY", "VN", "TH"]), // solar modules
    goods("854231", "H87", 2, (1000, 90000), &["MY", "SG", "US", "KR", "JP", "PH"]), // processors and controllers
    goods(
        "870323",
        "H87",
        1_350_000,
        (1, 12),
        &["JP", "TH", "DE", "KR", "GB", "US", "ZA", "MX"],
    ), // cars, 1,500–3,000 cc
    goods("880730", "KGM", 1000, (5, 400), &["US", "SG", "GB", "MY"]),    // parts of aeroplanes
    goods("901890", "KGM", 1000, (5, 500), &["US", "DE", "SG", "MY", "BE"]), // medical instruments
    goods("940360", "H87", 24000, (10, 400), &["MY", "VN", "ID", "CN"]),  // wooden furniture
    goods("950300", "H87", 350, (100, 9000), &["CN", "VN", "BE"]),        // toys
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::roster::ROSTER;

    #[test]
    fn every_hub_has_something_to_sell() {
        for hub in &ROSTER {
            let kinds = GOODS.iter().filter(|goods| goods.is_sold_by(hub.country())).count();
            assert!(kinds >= 3, "{} sells {kinds} kinds of goods", hub.code);
        }
    }

    #[test]
    fn codes_are_six_digits_and_every_seller_is_on_the_roster() {
        for goods in &GOODS {
            assert!(
                goods.hs.len() == 6 && goods.hs.bytes().all(|byte| byte.is_ascii_digit()),
                "{}",
                goods.hs
            );
            assert!(goods.units.0 < goods.units.1 && goods.grams > 0, "{}", goods.hs);
            for country in goods.sold_by {
                assert!(
                    ROSTER.iter().any(|hub| hub.country() == *country),
                    "{}: {country}",
                    goods.hs
                );
            }
        }
    }
}
