//! The tariff edition: one version of a national tariff schedule, as its hub publishes it.
//!
//! The record itself is small. It names the schedule's rows by the roots of three page trees, and says what a duty needs to
//! be computed beside the rows: whose schedule it is, from when it holds, which value is the base, in which currency and
//! how amounts are rounded. Rows and pages belong to `ewtp-tariff`.
// spec: edition

mod about;
mod codes;
mod form;
mod input;

pub use about::About;
pub use codes::{MeasureKind, RoundingMode, RoundingScope, Valuation};

use crate::cbor::Octets;
use crate::fields::{ascending, count, demand};
use crate::{CountryCode, Currency, Date, FieldError, HsEdition, Money, RecordId};

/// What a tariff edition says. Its name, such as `2026-rev-5`, is the subject of the record; it was published at
/// `issued_at`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edition {
    /// The customs territory: a country code, or the code of a union, 2 to 8 capital letters. `US`, `EU`, `EAC`.
    pub territory: String,
    /// The countries of a union, at most 64, ascending; none means the territory is a country.
    pub members: Vec<CountryCode>,
    /// The Harmonized System that the codes extend.
    pub hs_edition: HsEdition,
    /// What the national codes are called: `HTS10`, `TARIC10`; 1 to 16 characters.
    pub nomenclature: String,
    /// How many digits a declarable code has, 6 to 12.
    pub digits: u8,
    /// Counts the editions of a territory, from 1.
    pub number: u32,
    /// The edition before; none for number 1.
    pub previous: Option<RecordId>,
    /// The first day on which it holds.
    pub in_force: Date,
    /// Where the law stands: gazette, decree, notice; at most 16 texts.
    pub legal: Vec<String>,
    /// Rates, texts and notes.
    pub trees: Trees,
    /// The value that a percentage is taken of when its expression says nothing else.
    pub valuation: Valuation,
    /// The currency of every amount without one of its own.
    pub currency: Currency,
    /// How amounts are rounded: first the rule for all measures, then the exceptions, ascending by kind.
    pub rounding: Vec<Rounding>,
    /// A total below this is not collected.
    pub collected_from: Option<Money>,
    /// The languages of descriptions, 1 to 8, ascending, each of 2 or 3 small letters.
    pub languages: Vec<String>,
    /// What changed since the edition before, row by row; present exactly when there is one.
    pub patch: Option<PatchSummary>,
    /// An edition that this one corrects: receipts made under it are to be looked at again.
    pub corrects: Option<RecordId>,
    /// True for a schedule that is no law: samples and trials.
    pub is_test: bool,
}

/// The three page trees of an edition.
///
/// Descriptions and notes lie apart, so that a new wording moves no page with rates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trees {
    /// Lines with their measures, and the dated tables.
    pub rates: TreeSummary,
    /// Descriptions of lines.
    pub texts: TreeSummary,
    /// Notes that lines and measures cite.
    pub notes: TreeSummary,
}

/// A page tree as an edition names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TreeSummary {
    /// Root of the Merkle tree over the ids of its pages.
    pub root: Octets<32>,
    /// How many pages, at most 16,384.
    pub pages: u32,
    /// How many rows, at most 1,048,576.
    pub rows: u32,
    /// Length of all pages in bytes, at most 256 MiB and 48 KiB a page, at least 9 for each row.
    pub bytes: u64,
}

/// A row patch as an edition names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PatchSummary {
    /// Leaf hash of its bytes.
    pub id: Octets<32>,
    /// Its length in bytes, at most 64 MiB, at least 3 and 5 for each row.
    pub bytes: u64,
    /// How many rows it adds, replaces or removes, at most 1,048,576.
    pub rows: u32,
}

/// How amounts of a kind of measure are rounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rounding {
    /// Of which measures; none means of all that no other rule names.
    pub kind: Option<MeasureKind>,
    /// In which direction.
    pub mode: RoundingMode,
    /// To a multiple of how many minor units, 1 to 1,000,000.
    pub step: u32,
    /// When: each line, or the sum of a consignment.
    pub scope: RoundingScope,
}

impl Edition {
    const MEMBERS_MAX: usize = 64;
    const LEGAL_MAX: usize = 16;
    const LEGAL_CHARACTERS_MAX: usize = 200;
    const LANGUAGES_MAX: usize = 8;
    /// How many pages a tree may have: a million rows in pages of 64.
    pub const PAGES_MAX: u32 = 16_384;
    /// How many rows a tree may have; the largest schedule known has 36,000.
    pub const ROWS_MAX: u32 = 1 << 20;
    /// How many bytes the pages of a tree may have in all.
    pub const TREE_BYTES_MAX: u64 = 256 << 20;
    /// How many bytes the trees may have together for a node to gather them: to be checked, a schedule lies in memory with all
    /// its rows, several times its own size. The largest that is known has 3 MB. spec: tariff-sync R10
    pub const SCHEDULE_BYTES_MAX: u64 = 64 << 20;
    /// How many bytes a patch may have.
    pub const PATCH_BYTES_MAX: u64 = 64 << 20;
    /// How many rows a patch may change; a new edition of the largest schedule known, every code another, changes 72,000.
    pub const PATCH_ROWS_MAX: u32 = 1 << 20;
    const PAGE_BYTES_MAX: u64 = 48 * 1024;
    /// A line with the shortest code and nothing to say has 7 bytes, behind its length in two.
    const ROW_BYTES_MIN: u64 = 9;
    /// The shortest key has 4 bytes, behind its length in one.
    const PATCH_ROW_BYTES_MIN: u64 = 5;

    /// Checks that the fields fit each other.
    ///
    /// # Errors
    /// The first field that does not, with its rule.
    pub fn inspect(&self) -> Result<(), FieldError> {
        self.inspect_territory()?;
        self.inspect_chain()?;
        count(self.legal.len(), 0..=Self::LEGAL_MAX, "legal", "edition R6")?;
        for (index, text) in self.legal.iter().enumerate() {
            let is_sound = is_line(text, Self::LEGAL_CHARACTERS_MAX);
            let message = "must be 1 to 200 characters on one line, without spaces at its ends";
            demand(is_sound, &format!("legal[{index}]"), "edition R6", "text", message)?;
        }
        for (name, tree) in [
            ("rates", &self.trees.rates),
            ("texts", &self.trees.texts),
            ("notes", &self.trees.notes),
        ] {
            tree.inspect()
                .map_err(|error| error.inside(format_args!("trees.{name}")))?;
        }
        self.inspect_roots()?;
        self.inspect_rounding()?;
        let is_owed = self
            .collected_from
            .is_none_or(|money| money.minor > 0 && money.currency == self.currency);
        let message = "must be above zero and in the currency of the edition";
        demand(is_owed, "collected_from", "edition R10", "money", message)?;
        count(
            self.languages.len(),
            1..=Self::LANGUAGES_MAX,
            "languages",
            "edition R11",
        )?;
        ascending(&self.languages, "languages", "edition R11")?;
        let is_language =
            |text: &String| (2..=3).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_lowercase());
        let message = "must be codes of two or three small letters";
        demand(
            self.languages.iter().all(is_language),
            "languages",
            "edition R11",
            "language",
            message,
        )
    }

    // spec: edition R2, R3
    fn inspect_territory(&self) -> Result<(), FieldError> {
        let is_capitals =
            (2..=8).contains(&self.territory.len()) && self.territory.bytes().all(|byte| byte.is_ascii_uppercase());
        let is_country = self.territory.parse::<CountryCode>().is_ok();
        let message = "must be a country, or 2 to 8 capital letters with the members of the union";
        let is_sound = is_capitals && (is_country || !self.members.is_empty());
        demand(is_sound, "territory", "edition R2", "territory", message)?;
        count(self.members.len(), 0..=Self::MEMBERS_MAX, "members", "edition R2")?;
        ascending(&self.members, "members", "edition R2")?;
        let is_sound = is_line(&self.nomenclature, 16);
        let message = "must be 1 to 16 characters without spaces at its ends";
        demand(is_sound, "nomenclature", "edition R3", "text", message)?;
        let message = "must be 6 to 12";
        demand(
            (6..=12).contains(&self.digits),
            "digits",
            "edition R3",
            "bounds",
            message,
        )
    }

    // spec: edition R4, R9
    fn inspect_chain(&self) -> Result<(), FieldError> {
        demand(self.number > 0, "number", "edition R4", "bounds", "counts from 1")?;
        let message = "must be there exactly when number is above 1";
        let follows = self.number > 1;
        demand(
            self.previous.is_some() == follows,
            "previous",
            "edition R4",
            "previous",
            message,
        )?;
        demand(self.patch.is_some() == follows, "patch", "edition R9", "patch", message)?;
        let message = "needs an edition before it";
        demand(
            follows || self.corrects.is_none(),
            "corrects",
            "edition R12",
            "previous",
            message,
        )?;
        let Some(patch) = &self.patch else { return Ok(()) };
        patch.inspect()
    }

    // spec: edition R7
    fn inspect_roots(&self) -> Result<(), FieldError> {
        let Trees { rates, texts, notes } = &self.trees;
        for (one, other) in [(rates, texts), (rates, notes), (texts, notes)] {
            let apart = one.rows == 0 || one.root != other.root;
            let message = "names one root twice: no row belongs in two trees";
            demand(apart, "trees", "edition R7", "tree", message)?;
        }
        Ok(())
    }

    // spec: edition R8
    fn inspect_rounding(&self) -> Result<(), FieldError> {
        const RULE: &str = "edition R8";
        count(self.rounding.len(), 1..=MeasureKind::ALL.len() + 1, "rounding", RULE)?;
        ascending(self.rounding.iter().map(|rule| rule.kind), "rounding", RULE)?;
        let begins_with_all = self.rounding[0].kind.is_none();
        demand(
            begins_with_all,
            "rounding[0]",
            RULE,
            "rounding",
            "must be the rule for all measures",
        )?;
        let steps_are_sound = self.rounding.iter().all(|rule| (1..=1_000_000).contains(&rule.step));
        demand(
            steps_are_sound,
            "rounding",
            RULE,
            "bounds",
            "steps are 1 to 1,000,000 minor units",
        )
    }

    /// How amounts of `kind` are rounded.
    #[must_use]
    pub fn rounding_of(&self, kind: MeasureKind) -> Rounding {
        let named = self.rounding.iter().find(|rule| rule.kind == Some(kind));
        *named.unwrap_or(&self.rounding[0])
    }
}

impl Trees {
    /// Those of a schedule without any row.
    pub const EMPTY: Self = Self {
        rates: TreeSummary::EMPTY,
        texts: TreeSummary::EMPTY,
        notes: TreeSummary::EMPTY,
    };

    /// How many bytes their pages have together.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        [self.rates, self.texts, self.notes].iter().map(|tree| tree.bytes).sum()
    }
}

impl TreeSummary {
    /// A tree without rows: the root is the SHA-256 of nothing (log R2).
    // spec: edition R7
    pub const EMPTY: Self = Self {
        root: Octets([
            0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24, 0x27, 0xae,
            0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55,
        ]),
        pages: 0,
        rows: 0,
        bytes: 0,
    };

    // spec: edition R7
    fn inspect(&self) -> Result<(), FieldError> {
        const RULE: &str = "edition R7";
        let fits =
            self.pages <= Edition::PAGES_MAX && self.rows <= Edition::ROWS_MAX && self.bytes <= Edition::TREE_BYTES_MAX;
        let message = "at most 16384 pages, 1048576 rows and 256 MiB";
        demand(fits, "pages", RULE, "bounds", message)?;
        let message = "a page holds 1 to 128 rows";
        let is_filled = self.pages <= self.rows && self.rows <= self.pages.saturating_mul(128);
        demand(is_filled, "rows", RULE, "rows", message)?;
        // What states more rows than its bytes hold would have a reader make room for them.
        let least = u64::from(self.rows) * Edition::ROW_BYTES_MIN;
        let most = u64::from(self.pages) * Edition::PAGE_BYTES_MAX;
        let message = "a row has at least 9 bytes with its length, a page at most 49152";
        demand((least..=most).contains(&self.bytes), "bytes", RULE, "bytes", message)
    }
}

impl PatchSummary {
    // spec: edition R9
    fn inspect(&self) -> Result<(), FieldError> {
        const RULE: &str = "edition R9";
        let fits = self.bytes <= Edition::PATCH_BYTES_MAX && self.rows <= Edition::PATCH_ROWS_MAX;
        demand(
            fits,
            "patch.bytes",
            RULE,
            "bounds",
            "must have at most 64 MiB and 1048576 rows",
        )?;
        let least = 3 + u64::from(self.rows) * Edition::PATCH_ROW_BYTES_MIN;
        let message = "must have 3 bytes, and 5 for each row";
        demand(self.bytes >= least, "patch.bytes", RULE, "bytes", message)
    }
}

/// Printable text on one line, without spaces at its ends.
fn is_line(text: &str, characters_max: usize) -> bool {
    !text.is_empty()
        && text.chars().count() <= characters_max
        && text.trim() == text
        && !text.chars().any(char::is_control)
}

#[cfg(test)]
mod tests;
