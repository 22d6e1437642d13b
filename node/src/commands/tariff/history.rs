//! `ewtp tariff history` and `show`: what is published, how much of it is here, and what was corrected.

use super::edition::{self, Reference};
use super::folder::{self, Contents};
use crate::cli::{TariffHistoryArgs, TariffShowArgs};
use crate::commands::node;
use crate::output::{BAD, FAINT, GOOD, Output, TITLE, WARN, rows};
use ewtp_api::StandingView;
use ewtp_api::tariff::{EditionListing, EditionView, ScheduleState, ScheduleView};
use ewtp_node::clock;
use ewtp_node::failure::{Failure, USAGE};
use ewtp_node::folder::Folder;
use ewtp_record::Date;
use serde_json::Value;

/// Lists editions.
pub(super) fn history(folder: &Folder, arguments: &TariffHistoryArgs, output: &Output) -> anyhow::Result<()> {
    let listing = EditionListing {
        hub: arguments.hub.as_deref().map(node::hub).transpose()?,
        territory: arguments.territory.clone(),
        ..EditionListing::default()
    };
    let list = node::ask(folder, async |client| {
        Ok(client.editions(&listing).await.map_err(node::told)?)
    })?;
    if output.is_json() {
        return list.editions.iter().try_for_each(|edition| output.object(edition));
    }
    if list.editions.is_empty() {
        return output.line("no edition is known here");
    }
    list.editions
        .iter()
        .try_for_each(|edition| tell_line(edition, &list.editions, output))
}

/// Shows one edition, and saves it when a folder is named.
pub(super) fn show(folder: &Folder, arguments: &TariffShowArgs, output: &Output) -> anyhow::Result<()> {
    let reference = Reference {
        text: &arguments.edition,
        hub: arguments.hub.as_deref().map(node::hub).transpose()?,
        on: arguments.on.as_deref().map(date).transpose()?,
        known: arguments.known.as_deref().map(clock::parse).transpose()?,
    };
    let shown = node::ask(folder, async |client| {
        let shown = edition::find(&client, &reference).await?;
        if let Some(out) = &arguments.out {
            let schedule = edition::of_node(&client, &shown.id).await?;
            let contents = Contents {
                from: &schedule.from,
                trees: &schedule.trees,
                report: None,
                stated: schedule.stated.as_ref(),
            };
            folder::write(out, &contents)?;
        }
        Ok(shown)
    })?;
    if output.is_json() {
        return output.object(&shown);
    }
    tell(&shown, output)?;
    match &arguments.out {
        Some(out) => output.line(format!("saved in {}", out.display())),
        None => Ok(()),
    }
}

fn date(text: &str) -> anyhow::Result<Date> {
    text.parse().map_err(|_| {
        Failure::new(USAGE, format!("`{text}` is not a day"))
            .next("write it like 2026-11-22")
            .into()
    })
}

/// `MY  2026-2 of MY, number 2, in force from 2026-12-01, published 2026-11-22T10:30:00Z, 3 of 600 rows changed, held  5f0c…`
fn tell_line(edition: &EditionView, all: &[EditionView], output: &Output) -> anyhow::Result<()> {
    let name = |id| {
        all.iter()
            .find(|other| other.id == id)
            .map_or_else(|| id.to_string(), |other| other.name.to_string())
    };
    let mut words = vec![
        format!("{} of {}", output.paint(TITLE, edition.name), edition.territory),
        format!("number {}", edition.number),
        format!("in force from {}", edition.in_force),
        format!("published {}", edition.published_at.to_calendar()),
    ];
    words.push(match edition.rows_changed {
        Some(changed) => format!("{changed} of {} rows changed", edition.rows),
        None => format!("{} rows", edition.rows),
    });
    words.push(schedule(&edition.schedule, output));
    words.extend(edition.corrects.map(|id| format!("corrects {}", name(id))));
    words.extend(
        edition
            .corrected_by
            .iter()
            .map(|id| output.paint(WARN, format!("corrected by {}", name(*id)))),
    );
    words.extend(standing(edition).map(|standing| output.paint(BAD, standing)));
    let id = output.paint(FAINT, edition.id);
    output.line(format!("{}  {}  {id}", edition.hub, words.join(", ")))
}

fn tell(edition: &EditionView, output: &Output) -> anyhow::Result<()> {
    let title = output.paint(TITLE, format!("edition {} of {}", edition.name, edition.territory));
    output.line(format!(
        "{title}, published by {} on {}",
        edition.hub,
        edition.published_at.to_calendar()
    ))?;
    output.line(format!("  id        {}", edition.id))?;
    output.line(format!("  logged    {}", edition.position()))?;
    output.line(format!("  schedule  {}", schedule(&edition.schedule, output)))?;
    if let Some(standing) = standing(edition) {
        output.line(format!("  standing  {}", output.paint(BAD, standing)))?;
    }
    for correction in &edition.corrected_by {
        let corrected = output.paint(WARN, format!("corrected by {correction}"));
        output.line(format!("  {corrected}: look again at duty receipts made under it"))?;
    }
    let content = Value::Object(edition.content.clone().unwrap_or_default());
    rows(&content)
        .iter()
        .try_for_each(|row| output.line(format!("  {row}")))
}

fn schedule(schedule: &ScheduleView, output: &Output) -> String {
    match schedule.state {
        ScheduleState::Held => output.paint(GOOD, "held"),
        ScheduleState::Gathering => output.paint(
            WARN,
            format!("{} of {} pages here", schedule.pages_here, schedule.pages),
        ),
        ScheduleState::Missing => output.paint(WARN, "not here yet"),
    }
}

/// What examination found against it, or not yet.
fn standing(edition: &EditionView) -> Option<&'static str> {
    match edition.standing {
        StandingView::Sound => None,
        StandingView::Faulty => Some("faulty: not to be relied on"),
        StandingView::Unsupported => Some("of a version that this software does not know"),
        StandingView::Undecided => Some("not examined yet"),
    }
}
