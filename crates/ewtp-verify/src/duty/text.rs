//! A duty verdict as people read it: the outcome and the total, what corrected the edition, then each amount.

use std::fmt;

use super::DutyVerdict;

impl fmt::Display for DutyVerdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.outcome.code().to_uppercase().replace('_', " "))?;
        if let Some(goods) = &self.goods {
            write!(
                f,
                "  duty on {} from {} to {} on {}",
                goods.code, goods.origin, goods.to, goods.on
            )?;
        }
        match (&self.quote, self.total()) {
            (_, Some(total)) => write!(f, ": {total}")?,
            (Some(_), None) => f.write_str(": a person must decide")?,
            (None, None) => {}
        }
        writeln!(f, " — {}", self.reason)?;
        if let Some(goods) = &self.goods {
            writeln!(f, "  edition  {}  {}", goods.name, goods.edition)?;
            writeln!(f, "  known    {}", goods.known.to_calendar())?;
            writeln!(f, "  receipt  {}", goods.receipt)?;
        }
        for correction in &self.corrections {
            writeln!(f, "  corrected by {correction}")?;
        }
        let Some(quote) = &self.quote else { return Ok(()) };
        for line in &self.lines {
            let amount = format!("{} {}", line.amount, quote.currency);
            let area = line.area.as_ref().map(|area| format!(", {area}")).unwrap_or_default();
            writeln!(f, "  {:<14} {amount:>16}  {}{area}", line.measure, line.expression)?;
        }
        for open in &quote.needs_person {
            writeln!(f, "  a person must decide: {} ({})", open.reason, open.row)?;
        }
        Ok(())
    }
}
