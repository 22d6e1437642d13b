//! Reads an expression: leniently what people write, strictly what a schedule says.
//!
//! There is one reader, the lenient one. The strict one refuses what does not print back to itself, so that no spelling can
//! slip through that the other side would not sign.
// spec: duty-expression R6, R7

use super::walk::bad_number;
use super::{Base, Basis, Earlier, Expression, ExpressionError, ExpressionFault, Per, Reference, Sign, Term};
use crate::{Exact, LineCode, Token};
use ewtp_record::ValueError;
use ewtp_record::edition::MeasureKind;
use std::collections::BTreeSet;
use std::str::FromStr;

/// The word for all earlier amounts.
const DUTIES: &str = "duties";

impl FromStr for Expression {
    type Err = ExpressionError;

    fn from_str(text: &str) -> Result<Self, ExpressionError> {
        let expression = Self::read(text)?;
        let canonical = expression.to_string();
        if canonical == text {
            return Ok(expression);
        }
        let at = canonical
            .bytes()
            .zip(text.bytes())
            .take_while(|(one, other)| one == other);
        Err(ExpressionFault::Spelling {
            canonical: canonical.clone(),
        }
        .at(at.count()))
    }
}

impl Expression {
    /// An expression as people write it: with other spaces and case, `percent` and `per`, needless zeros, `33 1/3`, dots in
    /// codes, kinds in any order, and what is understood without being said (`of customs-value`, `/1 KGM`, `, mfn`).
    ///
    /// # Errors
    /// When the text is no expression in such a spelling either.
    pub fn read(text: &str) -> Result<Self, ExpressionError> {
        if text.len() > Self::BYTES_MAX {
            return Err(ExpressionFault::TooLong.at(Self::BYTES_MAX));
        }
        if let Some(at) = text.bytes().position(|byte| !matches!(byte, b' '..=b'~')) {
            return Err(ExpressionFault::Character.at(at));
        }
        let mut reader = Reader {
            text,
            at: 0,
            depth: 0,
            in_component: false,
        };
        let expression = reader.expression()?;
        if reader.at < text.len() {
            return Err(reader.expected("the end, a + or a -"));
        }
        // A text of ours may be longer than theirs: `.5` prints `0.5`.
        expression.check().map_err(|fault| fault.at(0))?;
        Ok(expression)
    }
}

/// A place in the text. Each function reads one rule of the grammar and the spaces after it.
struct Reader<'t> {
    text: &'t str,
    at: usize,
    depth: usize,
    in_component: bool,
}

type Read<T> = Result<T, ExpressionError>;

impl<'t> Reader<'t> {
    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    /// Goes on by `length`, and over the spaces that follow.
    fn step(&mut self, length: usize) {
        self.at += length;
        self.at += self.rest().len() - self.rest().trim_start_matches(' ').len();
    }

    fn expected(&self, what: &'static str) -> ExpressionError {
        ExpressionFault::Syntax(what).at(self.at)
    }

    fn sees(&self, mark: char) -> bool {
        self.rest().starts_with(mark)
    }

    fn takes(&mut self, mark: char) -> bool {
        let sees = self.sees(mark);
        if sees {
            self.step(1);
        }
        sees
    }

    fn mark(&mut self, mark: char, what: &'static str) -> Read<()> {
        if self.takes(mark) {
            Ok(())
        } else {
            Err(self.expected(what))
        }
    }

    /// The characters that follow and are of this kind.
    fn ahead(&self, is_part: impl Fn(char) -> bool) -> &'t str {
        let rest = self.rest();
        &rest[..rest.len() - rest.trim_start_matches(is_part).len()]
    }

    /// Letters, digits and hyphens.
    fn word(&self) -> &'t str {
        self.ahead(|character| character.is_ascii_alphanumeric() || character == '-')
    }

    fn sees_word(&self, word: &str) -> bool {
        self.word().eq_ignore_ascii_case(word)
    }

    fn takes_word(&mut self, word: &str) -> bool {
        let sees = self.sees_word(word);
        if sees {
            self.step(word.len());
        }
        sees
    }

    /// A word that names a value of this type in lower case.
    fn name<T: FromStr<Err = ValueError>>(&mut self) -> Read<T> {
        let word = self.word();
        self.value(word.len(), &word.to_ascii_lowercase())
    }

    /// A word that is a code in capitals.
    fn code<T: FromStr<Err = ValueError>>(&mut self) -> Read<T> {
        let word = self.ahead(|character| character.is_ascii_alphanumeric());
        self.value(word.len(), &word.to_ascii_uppercase())
    }

    /// The value that `text` says, which stands here in `length` characters.
    fn value<T: FromStr<Err = ValueError>>(&mut self, length: usize, text: &str) -> Read<T> {
        let value = text
            .parse()
            .map_err(|error| ExpressionFault::Value(error).at(self.at))?;
        self.step(length);
        Ok(value)
    }

    /// `expr = term *( " + " term / " - " term )`
    fn expression(&mut self) -> Read<Expression> {
        self.step(0);
        if self.depth == Expression::DEPTH_MAX {
            return Err(ExpressionFault::TooDeep.at(self.at));
        }
        self.depth += 1;
        let start = self.at;
        let mut terms = vec![(Sign::Plus, self.term()?)];
        loop {
            let sign = match self.rest().chars().next() {
                Some('+') => Sign::Plus,
                Some('-') => Sign::Minus,
                _ => break,
            };
            self.step(1);
            terms.push((sign, self.term()?));
        }
        if terms.len() > 1 && terms.iter().any(|(_, term)| *term == Term::Free) {
            return Err(ExpressionFault::FreeInSum.at(start));
        }
        self.depth -= 1;
        Ok(Expression { terms })
    }

    fn term(&mut self) -> Read<Term> {
        if self
            .rest()
            .starts_with(|first: char| first.is_ascii_digit() || first == '.')
        {
            return self.term_of_number();
        }
        let (start, word) = (self.at, self.word());
        self.step(word.len());
        match word.to_ascii_lowercase().as_str() {
            "free" => Ok(Term::Free),
            "min" => self.choices().map(Term::Min),
            "max" => self.choices().map(Term::Max),
            "duty" => self.in_parentheses(Self::reference).map(Term::Duty),
            "component" if self.in_component => Err(ExpressionFault::NestedComponent.at(start)),
            "component" => self.in_parentheses(Self::component),
            "subheadings" => self.in_parentheses(Self::subheadings),
            "text" => self.in_parentheses(Self::name).map(Term::Text),
            _ => Err(ExpressionFault::Syntax(
                "a term: a number, free, min(, max(, duty(, component(, subheadings( or text(",
            )
            .at(start)),
        }
    }

    fn in_parentheses<T>(&mut self, read: impl FnOnce(&mut Self) -> Read<T>) -> Read<T> {
        self.mark('(', "a (")?;
        let inner = read(self)?;
        self.mark(')', "a )")?;
        Ok(inner)
    }

    /// Two or more expressions.
    fn choices(&mut self) -> Read<Vec<Expression>> {
        let start = self.at;
        let choices = self.in_parentheses(|reader| {
            let mut choices = vec![reader.expression()?];
            while reader.takes(',') {
                choices.push(reader.expression()?);
            }
            Ok(choices)
        })?;
        if choices.len() < 2 {
            return Err(ExpressionFault::Arguments.at(start));
        }
        Ok(choices)
    }

    /// Nothing, or a line's code and perhaps a kind.
    fn reference(&mut self) -> Read<Reference> {
        if self.sees(')') {
            return Ok(Reference::OwnLine);
        }
        let word = self.ahead(|character| character.is_ascii_alphanumeric() || character == '.');
        let code: LineCode = self.value(word.len(), &word.replace('.', ""))?;
        let kind = if self.takes(',') {
            self.name()?
        } else {
            MeasureKind::Mfn
        };
        Ok(Reference::Line { code, kind })
    }

    fn component(&mut self) -> Read<Term> {
        let name: Token = self.name()?;
        self.mark(',', "a comma")?;
        self.in_component = true;
        let duty = Box::new(self.expression()?);
        self.in_component = false;
        Ok(Term::Component { name, duty })
    }

    fn subheadings(&mut self) -> Read<Term> {
        let amount = self.number()?;
        let currency = self.code()?;
        Ok(Term::Subheadings { amount, currency })
    }

    /// A percentage, a share or an amount.
    fn term_of_number(&mut self) -> Read<Term> {
        let number = self.number()?;
        if !self.takes('%') && !self.takes_word("percent") {
            let (amount, currency) = (number, self.code()?);
            let per = if self.takes('/') || self.takes_word("per") {
                Some(self.per()?)
            } else {
                None
            };
            return Ok(Term::Amount { amount, currency, per });
        }
        if self.takes_word("x") {
            let of = Box::new(self.in_parentheses(Self::expression)?);
            return Ok(Term::Share { percent: number, of });
        }
        if self.in_component && self.sees_word("of") {
            return Err(ExpressionFault::ComponentBase.at(self.at));
        }
        let base = if self.takes_word("of") {
            self.base()?
        } else {
            Base::CUSTOMS_VALUE
        };
        Ok(Term::Percent { rate: number, base })
    }

    /// `16.5`, `33 1/3`, `100/3`
    fn number(&mut self) -> Read<Exact> {
        let is_digit = |character: char| character.is_ascii_digit();
        let whole = self.ahead(|character| is_digit(character) || matches!(character, '.' | '/'));
        let after = self.rest()[whole.len()..].trim_start_matches(' ');
        let fraction = &after[..after.len() - after.trim_start_matches(|next| is_digit(next) || next == '/').len()];
        // Only digits with a slash are the fraction of a mixed number; digits alone would be something else.
        let length = if fraction.contains('/') && fraction.starts_with(is_digit) {
            self.rest().len() - after.len() + fraction.len()
        } else {
            whole.len()
        };
        let written = &self.rest()[..length];
        let number = Exact::read(written).map_err(|error| ExpressionFault::Value(error).at(self.at))?;
        self.step(length);
        Ok(number)
    }

    /// `[number SP] unit [ " on " name ]`. Some units begin with digits, so the unit is the last word of its place.
    fn per(&mut self) -> Read<Per> {
        let place = self.ahead(|character| character.is_ascii_alphanumeric() || matches!(character, ' ' | '.' | '/'));
        let words: Vec<&str> = place.split(' ').filter(|word| !word.is_empty()).collect();
        let named = words.iter().position(|word| word.eq_ignore_ascii_case("on"));
        let words = &words[..named.unwrap_or(words.len())];
        let count = match words {
            [] | [_] => Exact::from(1),
            [number @ .., _] => self.count(&number.join(" "), number.len())?,
        };
        let unit = self.code()?;
        let on = if self.takes_word("on") {
            Some(self.name()?)
        } else {
            None
        };
        Ok(Per { count, unit, on })
    }

    /// The number that `written` says, which stands here in so many words.
    fn count(&mut self, written: &str, words: usize) -> Read<Exact> {
        let count = Exact::read(written).map_err(|error| ExpressionFault::Value(error).at(self.at))?;
        if count.is_zero() {
            return Err(bad_number(&count).at(self.at));
        }
        for _ in 0..words {
            self.step(self.ahead(|character| character != ' ').len());
        }
        Ok(count)
    }

    /// `basis [ "+duties" / "+" kind *( "+" kind ) ]`
    fn base(&mut self) -> Read<Base> {
        let basis: Basis = self.name()?;
        let mut plus = Earlier::None;
        while let Some(word) = self.addition() {
            let at = self.at;
            self.step(1);
            plus = added(plus, word).ok_or_else(|| {
                let message = format!("{word:?} is added to the base already");
                ExpressionFault::Value(ValueError::new("duty-expression R9", "base", message)).at(at)
            })?;
            self.step(word.len());
        }
        Ok(Base { basis, plus })
    }

    /// The word after a plus, if it names amounts rather than a term: `+duties`, `+vat`.
    fn addition(&self) -> Option<&'t str> {
        let after = self.rest().strip_prefix('+')?.trim_start_matches(' ');
        let ahead = Reader {
            text: after,
            at: 0,
            ..*self
        };
        let word = ahead.word();
        let names_kind = MeasureKind::ALL
            .iter()
            .any(|kind| word.eq_ignore_ascii_case(kind.name()));
        (names_kind || word.eq_ignore_ascii_case(DUTIES)).then_some(word)
    }
}

/// The amounts with those that `word` names, unless they hold them already.
fn added(plus: Earlier, word: &str) -> Option<Earlier> {
    if word.eq_ignore_ascii_case(DUTIES) {
        return matches!(plus, Earlier::None).then_some(Earlier::All);
    }
    let kind = word.to_ascii_lowercase().parse().ok()?;
    match plus {
        Earlier::None => Some(Earlier::Kinds(BTreeSet::from([kind]))),
        Earlier::Kinds(mut kinds) => kinds.insert(kind).then_some(Earlier::Kinds(kinds)),
        Earlier::All => None,
    }
}
