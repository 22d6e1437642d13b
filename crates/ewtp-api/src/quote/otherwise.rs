//! What would be due if what an alternative needs were there.

use super::Schedule;
use ewtp_record::Money;
use ewtp_tariff::quote::{Alternative, Need, Request};
use ewtp_tariff::row::When;

/// The total with this alternative in place of what was chosen; none if its needs cannot be stated in a request, or a person
/// must decide something then too.
pub(super) fn total(schedule: &Schedule<'_>, request: &Request, alternative: &Alternative) -> Option<Money> {
    let mut asked = request.clone();
    alternative.needs.iter().try_for_each(|need| grant(&mut asked, need))?;
    schedule.quote_of(&asked).and_then(|quote| quote.total())
}

fn grant(request: &mut Request, need: &Need) -> Option<()> {
    match need {
        Need::Agreement(code) => drop(request.agreements.insert(*code)),
        Need::Document(code) => drop(request.documents.insert(*code)),
        Need::AdditionalCode(code) => request.additional_code = Some(*code),
        Need::Quota(quota) => request.quota = Some(*quota),
        Need::Mode(modes) => request.mode = modes.first().copied(),
        Need::Regime(regimes) => request.regime = regimes.first().copied(),
        Need::Condition(When::Document { code, given: true }) => drop(request.documents.insert(*code)),
        Need::Condition(When::Attribute { name, disclosed: true }) => drop(request.attributes.insert(*name)),
        Need::Condition(When::Attribute { name, disclosed: false }) => drop(request.without.insert(*name)),
        Need::People(people) => request.people = Some(*people),
        // The goods are what they are, and what is given stays given.
        Need::Condition(_) | Need::Person(_) => return None,
    }
    Some(())
}
