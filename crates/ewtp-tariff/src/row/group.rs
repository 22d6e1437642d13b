//! Groups of countries: whom a preference is for.

use super::fields::{Lines, Validity, days, parse_some, prose, set};
use super::names::NationalCode;
use super::{RowError, understood};
use ewtp_record::fields::{demand, parse, required};
use ewtp_record::{CountryCode, FieldError, map_form};

/// A group of countries under one name.
// spec: tariff-row R9
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// What people call it.
    pub title: String,
    /// Its countries, ascending by country and first day; none means that the schedule does not say, and a person must.
    pub members: Option<Vec<Member>>,
    /// The agreement that it stands for.
    pub agreement: Option<NationalCode>,
}

/// A country in a group, for some time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Member {
    /// Which country.
    pub country: CountryCode,
    /// On which days.
    pub validity: Validity,
}

type MemberForm = (String, Option<u64>, Option<u64>);

map_form! {
    struct GroupForm {
        0 => title: String,
        1 => members: Vec<MemberForm>,
        2 => agreement: String,
    }
}

impl Group {
    /// How many members a group has, a country with two times counted twice.
    pub const MEMBERS_MAX: usize = 512;
    /// Bytes of its title.
    pub const TITLE_BYTES_MAX: usize = 400;

    pub(super) fn inspect(&self) -> Result<(), FieldError> {
        prose(&self.title, Self::TITLE_BYTES_MAX, Lines::One, "title")?;
        let Some(members) = &self.members else { return Ok(()) };
        demand(
            !members.is_empty(),
            "members",
            "tariff-row R4",
            "empty",
            "must be absent when it has no entries",
        )?;
        set(members, Self::MEMBERS_MAX, "members")?;
        for (index, member) in members.iter().enumerate() {
            let inspected = member.validity.inspect();
            inspected.map_err(|error| error.inside(format_args!("members[{index}]")))?;
        }
        // A country that is in twice on one day would leave the group twice.
        let mut neighbours = members.iter().zip(members.iter().skip(1));
        let is_twice = |(left, right): (&Member, &Member)| {
            left.country == right.country && left.validity.overlaps(&right.validity)
        };
        let message = "a country must not be a member twice on one day";
        demand(
            !neighbours.any(is_twice),
            "members",
            "tariff-row R9",
            "overlap",
            message,
        )
    }

    pub(super) fn form(&self) -> GroupForm {
        let member = |member: &Member| {
            let Validity { from, to } = member.validity;
            (member.country.to_string(), days(from), days(to))
        };
        GroupForm {
            title: Some(self.title.clone()),
            members: self
                .members
                .as_ref()
                .map(|members| members.iter().map(member).collect()),
            agreement: self.agreement.map(|agreement| agreement.to_string()),
            unsupported: None,
        }
    }

    pub(super) fn from_form(form: GroupForm) -> Result<Self, RowError> {
        understood(form.unsupported)?;
        let members = form.members.map(|members| {
            let members = members.into_iter().enumerate();
            let members = members.map(|(index, (country, from, to))| {
                let field = format!("members[{index}]");
                Ok(Member {
                    country: parse(&country, &field)?,
                    validity: Validity::read(from, to).map_err(|error| error.inside(&field))?,
                })
            });
            members.collect::<Result<Vec<_>, FieldError>>()
        });
        Ok(Self {
            title: required(form.title, "title", "tariff-row R9")?,
            members: members.transpose()?,
            agreement: parse_some(form.agreement.as_ref(), "agreement")?,
        })
    }
}
