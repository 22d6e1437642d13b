//! `ewtp tariff publish` and `correct`: from a folder, or the file of an office as it is, to a signed edition.

mod confirm;
mod typed;

use super::edition::{self, Reference, Schedule};
use super::folder::{self, Stated};
use super::{import, tell_rest};
use crate::cli::{TariffCorrectArgs, TariffPublishArgs};
use crate::commands::node;
use crate::output::{FAINT, GOOD, Output, TITLE, WARN};
use anyhow::Context;
use ewtp_api::tariff::{EditionListing, EditionView, Publication, Publishing, RateChangeView, ScheduleForm};
use ewtp_api::{Client, Problem};
use ewtp_node::failure::Failure;
use ewtp_node::folder::Folder;
use ewtp_record::HubCode;
use ewtp_record::edition::{About, Trees};
use serde_json::Value;
use std::io::{self, IsTerminal};
use typed::Typed;

/// Publishes the next edition of a territory.
pub(super) fn publish(folder: &Folder, arguments: &TariffPublishArgs, output: &Output) -> anyhow::Result<()> {
    let corrects = None;
    answer(folder, Typed { arguments, corrects }, output)
}

/// Publishes an edition that says which one it corrects.
pub(super) fn correct(folder: &Folder, arguments: &TariffCorrectArgs, output: &Output) -> anyhow::Result<()> {
    let (arguments, corrects) = (&arguments.publish, Some(arguments.edition.as_str()));
    answer(folder, Typed { arguments, corrects }, output)
}

fn answer(folder: &Folder, typed: Typed<'_>, output: &Output) -> anyhow::Result<()> {
    let Typed { arguments, corrects } = typed;
    let Schedule { trees, stated, .. } = source(typed)?;
    let confirm = arguments.confirm.as_deref().map(node::hub).transpose()?;
    node::ask(folder, async |client| {
        let own = client.status().await.map_err(node::told)?.hub;
        let corrected = match corrects {
            Some(text) => {
                let reference = Reference {
                    text,
                    hub: Some(own),
                    ..Reference::default()
                };
                Some(edition::find(&client, &reference).await?)
            }
            None => None,
        };
        let about = about(&client, own, typed, stated.as_ref(), corrected.as_ref()).await?;
        refuse_other_territory(arguments.territory.as_deref(), &about)?;
        // A folder was warned of when it was imported.
        if !arguments.source.is_dir() {
            import::warn_of_currencies(&trees, &about, output);
        }
        let form = ScheduleForm { about, trees };
        let mut publishing = Publishing {
            corrects: corrected.map(|edition| edition.id),
            confirm,
            dry_run: arguments.dry_run,
        };
        if is_asked(arguments, output) {
            publishing.confirm = ask(&client, &form, &publishing, own, output).await?;
        }
        let told = client.publish(&form, &publishing).await;
        let told = told.map_err(|fault| refused(Problem::from(fault), typed, own))?;
        tell(&told, typed, own, output)
    })
}

/// A folder, or a file that is imported on the way.
fn source(typed: Typed<'_>) -> anyhow::Result<Schedule> {
    let arguments = typed.arguments;
    if arguments.source.is_dir() {
        let (manifest, trees) = folder::read(&arguments.source)?;
        let stated = folder::find_stated(&arguments.source, &trees)?;
        return Ok(Schedule {
            from: manifest.from,
            trees,
            stated,
        });
    }
    let import = import::read(arguments.from, &arguments.source, &typed.line())?;
    Ok(Schedule {
        from: arguments.from.name().to_owned(),
        trees: import.trees,
        stated: None,
    })
}

/// What the edition says beside its rows: what is typed, over what the folder says, over what the edition that is corrected or the
/// one before says. What was taken from another edition needs a name of its own, and unless it corrects a day of its own.
async fn about(
    client: &Client,
    own: HubCode,
    typed: Typed<'_>,
    stated: Option<&Stated>,
    corrected: Option<&EditionView>,
) -> anyhow::Result<About> {
    let arguments = typed.arguments;
    if let Some(stated) = stated {
        let known = Value::Object(stated.about().to_json());
        return folder::about(&arguments.about, Some(known))?.context("a folder says what it is");
    }
    let before = match corrected {
        Some(edition) => Some(edition.clone()),
        None if arguments.about.about.is_some() => None,
        None => before(client, own, arguments.territory.as_deref()).await?,
    };
    let known = match before {
        Some(before) if arguments.about.about.is_none() => {
            match (corrected, &arguments.about.name) {
                (Some(corrected), None) => return Err(nameless(client, typed, corrected).await?.into()),
                (Some(_), Some(_)) => {}
                (None, name) => {
                    require("--name 2026-2", "name", name.as_ref(), &before)?;
                    let in_force = arguments.about.in_force.as_ref();
                    require("--in-force 2026-12-01", "in_force", in_force, &before)?;
                }
            }
            let (record, edition) = edition::record(client, &before.id).await?;
            Some(Value::Object(About::of(record.header().subject, &edition).to_json()))
        }
        _ => None,
    };
    folder::about(&arguments.about, known)?.ok_or_else(|| {
        let message =
            "nothing says whose schedule this is and from when it holds, and this hub has published none before";
        let next = "ewtp tariff template --about > about.json, mend it, then --about about.json";
        Failure::new("no-about", message).field("about").next(next).into()
    })
}

/// The whole line to type for a correction that has no name: names are taken once, so it cannot be that of what it corrects.
async fn nameless(client: &Client, typed: Typed<'_>, corrected: &EditionView) -> anyhow::Result<Failure> {
    let listing = EditionListing {
        hub: Some(corrected.hub),
        ..EditionListing::default()
    };
    let taken = client.editions(&listing).await.map_err(node::told)?.editions;
    let is_free = |name: &String| taken.iter().all(|edition| edition.name.as_str() != name);
    let mut names = ('a'..='z').map(|letter| format!("{}{letter}", corrected.name));
    let name = names.find(is_free).unwrap_or_else(|| "NAME".to_owned());
    let message = format!("a correction has a name of its own, and {} is taken", corrected.name);
    let next = format!("{} --name {name}", typed.line());
    Ok(Failure::new("no-about", message).field("name").next(next))
}

fn require(example: &str, field: &str, given: Option<&String>, before: &EditionView) -> anyhow::Result<()> {
    if given.is_some() {
        return Ok(());
    }
    let message = format!(
        "what is not said is taken from edition {}; {field} must be said",
        before.name
    );
    Err(Failure::new("no-about", message)
        .field(field)
        .next(format!("add {example}"))
        .into())
}

/// The edition behind which the next one goes, as the node says; of several territories that which is typed.
async fn before(client: &Client, own: HubCode, territory: Option<&str>) -> anyhow::Result<Option<EditionView>> {
    let listing = EditionListing {
        hub: Some(own),
        territory: territory.map(str::to_owned),
        newest: true,
        ..EditionListing::default()
    };
    let mut newest = client.editions(&listing).await.map_err(node::told)?.editions;
    if newest.len() < 2 {
        return Ok(newest.pop());
    }
    let options: Vec<_> = newest
        .iter()
        .map(|edition| format!("--territory {}", edition.territory))
        .collect();
    let message = "nothing says whose schedule this is, and this hub publishes for several territories";
    Err(Failure::new("no-about", message)
        .field("territory")
        .next(format!("add {}", options.join(" or ")))
        .into())
}

/// What is typed must not be contradicted by what a folder or a file says.
fn refuse_other_territory(typed: Option<&str>, about: &About) -> anyhow::Result<()> {
    let stated = about.edition(Trees::EMPTY).territory;
    match typed {
        Some(typed) if typed != stated => {
            let message = format!("--territory says {typed}, and the schedule is said to be of {stated}");
            Err(Failure::new("territory", message)
                .field("territory")
                .next("leave --territory out, or mend what is stated")
                .into())
        }
        _ => Ok(()),
    }
}

/// Whether a person is there to be asked.
fn is_asked(arguments: &TariffPublishArgs, output: &Output) -> bool {
    !arguments.dry_run && arguments.confirm.is_none() && !output.is_json() && io::stdin().is_terminal()
}

/// Shows an unusual publication before it is one, and has the hub's code typed.
async fn ask(
    client: &Client,
    form: &ScheduleForm,
    publishing: &Publishing,
    own: HubCode,
    output: &Output,
) -> anyhow::Result<Option<HubCode>> {
    let dry_run = Publishing {
        dry_run: true,
        ..publishing.clone()
    };
    let told = client.publish(form, &dry_run).await.map_err(node::told)?;
    if !told.needs_confirmation {
        return Ok(None);
    }
    tell_changes(&told, output)?;
    confirm::typed_code(own, &told.unusual, io::stdin().lock(), &mut io::stderr()).map(Some)
}

/// Why the node does not publish it. Who must confirm gets the whole lines to type: to look at it, and to publish it.
fn refused(problem: Problem, typed: Typed<'_>, own: HubCode) -> anyhow::Error {
    if problem.code != "not-confirmed" {
        return node::of_problem(problem).into();
    }
    let next = format!(
        "to look at it: {}; if it is meant: {}",
        typed.dry_run(),
        typed.confirmed(own)
    );
    node::of_problem(problem).next(next).into()
}

fn tell(told: &Publication, typed: Typed<'_>, own: HubCode, output: &Output) -> anyhow::Result<()> {
    if output.is_json() {
        return output.object(told);
    }
    tell_changes(told, output)?;
    match &told.issued {
        Some(issued) => {
            let position = format!("{}:{}:{}", issued.hub, issued.epoch, issued.index);
            output.line(format!(
                "{}  {position}  {}",
                output.paint(GOOD, "published"),
                issued.id
            ))
        }
        None if told.needs_confirmation => output.line(format!(
            "{}: nothing was published; {}, so if it is meant: {}",
            output.paint(WARN, "dry run"),
            confirm::told(&told.unusual),
            output.remedy(&typed.confirmed(own))
        )),
        None => output.line(format!("{}: nothing was published", output.paint(WARN, "dry run"))),
    }
}

fn tell_changes(told: &Publication, output: &Output) -> anyhow::Result<()> {
    let title = format!("edition {} of {}", told.name, told.territory);
    let corrects = told.corrects.map_or_else(String::new, |id| format!(", corrects {id}"));
    output.line(format!(
        "{}, number {}, in force from {}{corrects}",
        output.paint(TITLE, title),
        told.number,
        told.in_force
    ))?;
    if told.previous.is_none() {
        return output.line(format!(
            "  the first: {} rows, {} bytes of pages",
            told.rows, told.bytes_moved
        ));
    }
    output.line(format!(
        "  {} of {} rows change: {} added, {} removed, {} set; {} bytes move",
        told.rows_changed, told.rows_before, told.added, told.removed, told.set, told.bytes_moved
    ))?;
    for change in &told.largest {
        output.line(format!("  {}", line_of(change, output)))?;
    }
    tell_rest(usize::try_from(told.rates_changed)?, "rates", output)
}

/// `6109100000  additional from CN: 10% > 25%`
fn line_of(change: &RateChangeView, output: &Output) -> String {
    let from = match change.areas.as_slice() {
        [] => String::new(),
        areas => format!(" from {}", areas.join(", ")),
    };
    let nothing = || output.paint(FAINT, "nothing");
    let old = change.old.clone().unwrap_or_else(nothing);
    let new = change.new.clone().unwrap_or_else(nothing);
    format!("{:<12} {}{from}: {old} > {new}", change.hs, change.measure)
}
