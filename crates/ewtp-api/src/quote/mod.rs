//! A quote in words: what an exporter types or posts, and what is answered, the same on the command line and over HTTP.
//!
//! [`QuoteInput`] is read into a [`Request`], a [`Schedule`] answers it with a [`QuoteAnswer`] (`ewtp.quote/1`), and what is
//! missing or wrong is a [`QuoteFault`] that names the field, the reason and what may stand there. The duty itself is computed
//! by `ewtp-tariff`, and by nothing else.

mod answer;
mod fault;
mod near;
mod otherwise;
mod read;
mod units;
mod words;

pub use answer::{QuoteAlternative, QuoteAnswer, QuoteEdition, QuoteNeed, QuotePaper};
pub use ewtp_tariff::quote::{QuoteDuty, QuoteOpen};
pub use fault::QuoteFault;
pub use words::QuoteInput;

/// Before an attribute that the merchant states not to have: `not ioss`.
const NOT: &str = "not ";

/// The media type of a duty receipt.
pub const RECEIPT_TYPE: &str = "application/vnd.ewtp.duty-receipt";

use ewtp_record::{Edition, Record, UnixTime};
use ewtp_tariff::quote::{Quote, Request, quote};
use ewtp_tariff::{PageTrees, Receipt, ReceiptError};

/// A schedule from which is quoted.
#[derive(Debug, Clone, Copy)]
pub struct Schedule<'a> {
    /// The edition.
    pub edition: &'a Edition,
    /// Its name: the subject of its record.
    pub name: &'a str,
    /// Its record; none of one that nobody signed yet.
    pub record: Option<&'a Record>,
    /// Its rows.
    pub trees: &'a PageTrees,
}

impl Schedule<'_> {
    /// The request that these words make.
    ///
    /// # Errors
    /// The first field that is missing or wrong, with what may stand there.
    pub fn request(&self, input: &QuoteInput, now: UnixTime) -> Result<Request, QuoteFault> {
        let request = input.request(now).map_err(|fault| match input.code() {
            Ok(code) => fault::of_unit(self, code, fault),
            Err(_) => fault,
        })?;
        Ok(self.by_line(&request))
    }

    /// The request by the line that its code means: one of six digits or more under which goods are not declared means the one
    /// line below it under which they are.
    // spec: quote R6
    fn by_line(&self, request: &Request) -> Request {
        let code = near::only_line(self.trees, request.code, request.on).unwrap_or(request.code);
        Request {
            code,
            ..request.clone()
        }
    }

    /// What is due, and the answer in words.
    ///
    /// # Errors
    /// What is missing or wrong, with what may stand there.
    pub fn answer(&self, request: &Request) -> Result<(Quote, QuoteAnswer), QuoteFault> {
        let request = self.by_line(request);
        let quote = self.quote(&request)?;
        let answer = QuoteAnswer::of(self, &request, &quote);
        Ok((quote, answer))
    }

    /// The same, with the receipt that anyone computes again; without evidence.
    ///
    /// # Errors
    /// As [`Schedule::answer`]; and of an edition that nobody signed there is no receipt.
    pub fn receipt(&self, request: &Request) -> Result<(QuoteAnswer, Receipt), QuoteFault> {
        let record = self.record.ok_or_else(QuoteFault::unsigned)?;
        let request = self.by_line(request);
        let issued = Receipt::issue_checked(record, self.edition, self.trees, &request);
        let (quote, receipt) = issued.map_err(|error| self.told_of_receipt(error, &request))?;
        Ok((QuoteAnswer::of(self, &request, &quote), receipt))
    }

    fn quote(&self, request: &Request) -> Result<Quote, QuoteFault> {
        let quote = quote(self.edition, self.published(), self.trees, request);
        quote.map_err(|error| fault::of_quote(self, request, &error))
    }

    /// The quote of a request that nobody asked, if there is one.
    fn quote_of(&self, request: &Request) -> Option<Quote> {
        quote(self.edition, self.published(), self.trees, request).ok()
    }

    fn told_of_receipt(&self, error: ReceiptError, request: &Request) -> QuoteFault {
        match error {
            ReceiptError::Quote(error) => fault::of_quote(self, request, &error),
            error => QuoteFault::new("receipt", error.to_string()),
        }
    }

    /// When it was published. One that nobody signed is known to who holds it, at any time.
    fn published(&self) -> UnixTime {
        self.record.map_or(UnixTime(0), |record| record.header().issued_at)
    }
}

#[cfg(test)]
mod tests;
