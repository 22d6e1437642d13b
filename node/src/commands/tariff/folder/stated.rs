//! What a folder says of its edition beside the pages: `about.json`, which an office wrote, or `edition.record`, which its
//! hub signed, perhaps with the `edition.bundle` that proves the signature.

use crate::cli::AboutArgs;
use crate::commands::input;
use anyhow::Context;
use bytes::Bytes;
use ewtp_node::failure::Failure;
use ewtp_node::shell;
use ewtp_record::edition::{About, Trees};
use ewtp_record::{Body, Edition, FieldError, Record, RecordKind, parse_json};
use ewtp_tariff::PageTrees;
use ewtp_verify::BUNDLE_BYTES_MAX;
use serde_json::Value;
use std::fmt;
use std::path::Path;

pub(in super::super) const ABOUT: &str = "about.json";
const RECORD: &str = "edition.record";
const BUNDLE: &str = "edition.bundle";

/// How many bytes are read of an `about.json`: an edition's record has fewer.
const ABOUT_BYTES_MAX: usize = RecordKind::BYTES_MAX;

/// Who says what a schedule is of.
#[derive(Debug, Clone)]
pub(in super::super) enum Stated {
    /// An office, and nobody signed it yet.
    About(Box<About>),
    /// The hub that published it.
    Published(Box<Published>),
}

/// An edition that its hub signed.
#[derive(Debug, Clone)]
pub(in super::super) struct Published {
    /// What was signed.
    pub(in super::super) record: Record,
    /// What it says.
    pub(in super::super) edition: Edition,
    /// A bundle of it, with which anyone checks the signature offline.
    pub(in super::super) evidence: Option<Bytes>,
}

impl Stated {
    /// The edition of these rows. One that nobody signed counts as the first of its territory.
    pub(in super::super) fn edition(&self, trees: Trees) -> Edition {
        match self {
            Self::About(about) => about.edition(trees),
            Self::Published(published) => published.edition.clone(),
        }
    }

    /// What an office would write of it.
    pub(in super::super) fn about(&self) -> About {
        match self {
            Self::About(about) => About::clone(about),
            Self::Published(published) => About::of(published.record.header().subject, &published.edition),
        }
    }

    /// The record that was signed, if there is one.
    pub(in super::super) const fn record(&self) -> Option<&Record> {
        match self {
            Self::About(_) => None,
            Self::Published(published) => Some(&published.record),
        }
    }

    /// The bundle that proves its signature, if there is one.
    pub(in super::super) fn evidence(&self) -> Option<&Bytes> {
        match self {
            Self::About(_) => None,
            Self::Published(published) => published.evidence.as_ref(),
        }
    }

    pub(super) fn write(&self, folder: &Path) -> anyhow::Result<()> {
        match self {
            Self::About(about) => super::write_json(&folder.join(ABOUT), &about.to_json()),
            Self::Published(published) => {
                std::fs::write(folder.join(RECORD), published.record.bytes())?;
                let bundle = |bytes| std::fs::write(folder.join(BUNDLE), bytes);
                Ok(published.evidence.as_ref().map_or(Ok(()), bundle)?)
            }
        }
    }
}

impl fmt::Display for Stated {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Edition {
            territory, in_force, ..
        } = self.edition(Trees::EMPTY);
        write!(
            formatter,
            "edition {} of {territory}, in force from {in_force}",
            self.about().name
        )?;
        match self.record() {
            Some(record) => write!(formatter, ", signed by {} as {}", record.header().issuer, record.id()),
            None => formatter.write_str(", not signed"),
        }
    }
}

/// What a folder says of its edition; of a signed one, that its rows are these. None if it says nothing.
pub(in super::super) fn find_stated(folder: &Path, trees: &PageTrees) -> anyhow::Result<Option<Stated>> {
    let (record, about) = (folder.join(RECORD), folder.join(ABOUT));
    if record.exists() {
        let (record, edition) = read_record(&record)?;
        if edition.trees == trees.summary() {
            let bundle = folder.join(BUNDLE);
            let evidence = bundle.exists().then(|| input::read(&bundle, BUNDLE_BYTES_MAX));
            let evidence = evidence.transpose()?.map(Bytes::from);
            return Ok(Some(Stated::Published(Box::new(Published {
                record,
                edition,
                evidence,
            }))));
        }
        return Err(super::damaged(folder, "its pages lead to other roots than edition.record names").into());
    }
    let about = about.exists().then(|| read_about(&about));
    Ok(about.transpose()?.map(|about| Stated::About(Box::new(about))))
}

/// What a folder says of its edition, which it must.
pub(in super::super) fn stated(folder: &Path, trees: &PageTrees) -> anyhow::Result<Stated> {
    find_stated(folder, trees)?.ok_or_else(|| {
        let about = shell::path(&folder.join(ABOUT));
        let folder = folder.display();
        let message = format!("{folder} does not say whose schedule it is and from when it holds: there is no {ABOUT}");
        let next = format!("ewtp tariff template --about > {about}, and write your own words into it");
        Failure::new("no-about", message).next(next).into()
    })
}

/// What an edition is to say beside its rows: what is typed, over what the named file says, or over what is `known` without
/// one; none when nothing is said.
pub(in super::super) fn about(arguments: &AboutArgs, known: Option<Value>) -> anyhow::Result<Option<About>> {
    let AboutArgs { about, name, in_force } = arguments;
    let written = about.as_deref().map(read_value).transpose()?;
    let Some(mut value) = written.or(known) else {
        if name.is_none() && in_force.is_none() {
            return Ok(None);
        }
        let message = "--name and --in-force are two of the things that an edition says beside its rows";
        let next = "ewtp tariff template --about > about.json, mend it, then --about about.json";
        return Err(Failure::new("no-about", message).field("about").next(next).into());
    };
    for (field, typed) in [("name", name), ("in_force", in_force)] {
        if let (Value::Object(fields), Some(text)) = (&mut value, typed) {
            fields.insert(field.to_owned(), text.as_str().into());
        }
    }
    let told = |fault| told(about.as_deref(), fault);
    Ok(Some(About::from_json(&value).map_err(told)?))
}

fn read_about(path: &Path) -> anyhow::Result<About> {
    let value = read_value(path)?;
    Ok(About::from_json(&value).map_err(|fault| told(Some(path), fault))?)
}

/// Reads the JSON of an about, whatever it says.
fn read_value(path: &Path) -> anyhow::Result<Value> {
    let bytes = input::read(path, ABOUT_BYTES_MAX)?;
    let text = String::from_utf8(bytes).with_context(|| format!("{} is no text in UTF-8", path.display()))?;
    parse_json(&text).map_err(|fault| {
        let message = format!("{}: {} (column {})", path.display(), fault.message, fault.column);
        let failure = Failure::new("bad-json", message).line(fault.line as u64);
        failure.next("ewtp tariff template --about shows one").into()
    })
}

/// A field that is missing, unknown or wrong, in a file or as it was typed.
fn told(path: Option<&Path>, fault: FieldError) -> Failure {
    let place = path.map(|path| format!("{}: ", path.display())).unwrap_or_default();
    let next = match (path, fault.field.as_str()) {
        (None, "name") => "--name 2026-rev-5".to_owned(),
        (None, "in_force") => "--in-force 2026-04-01".to_owned(),
        _ => "mend it there; ewtp tariff template --about shows one".to_owned(),
    };
    let failure = Failure::new(fault.code, format!("{place}{fault}"));
    failure.field(fault.field).next(next)
}

fn read_record(path: &Path) -> anyhow::Result<(Record, Edition)> {
    let bytes = input::read(path, RecordKind::BYTES_MAX)?;
    let why = |why: String| {
        let message = format!("{} is no signed edition: {why}", path.display());
        Failure::new("edition-record", message).next("save the folder from a node again")
    };
    let record = Record::decode(bytes.into()).map_err(|error| why(error.to_string()))?;
    match record.body().map_err(|error| why(error.to_string()))? {
        Body::Edition(edition) => Ok((record, *edition)),
        _ => Err(why(format!("it is a {}", record.header().kind)).into()),
    }
}
