//! The `schema` member that opens every JSON answer: a name with its version, checked when an answer is read back.
//!
//! A field may be added within a version; removing or retyping one makes a new version and a new tag here.

/// Declares one tag: a unit type that writes its text and refuses to be read from any other.
macro_rules! schema_tags {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
        pub struct $name;

        impl $name {
            /// The text of the tag.
            pub const TEXT: &'static str = $text;
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str($text)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                if text == $text {
                    return Ok(Self);
                }
                Err(serde::de::Error::custom(format_args!("schema is {text:?}, expected {:?}", $text)))
            }
        }
    )*};
}

schema_tags! {
    /// Tag of [`crate::Status`].
    StatusSchema = "ewtp.status/1";
    /// Tag of [`crate::Issued`].
    IssuedSchema = "ewtp.issued/1";
    /// Tag of [`crate::Problem`].
    ErrorSchema = "ewtp.error/1";
    /// Tag of [`crate::RecordView`].
    RecordSchema = "ewtp.record/1";
    /// Tag of [`crate::RecordPage`].
    RecordsSchema = "ewtp.records/1";
    /// Tag of [`crate::Proof`].
    ProofSchema = "ewtp.proof/1";
    /// Tag of [`crate::PeerList`].
    PeersSchema = "ewtp.peers/1";
    /// Tag of [`crate::RecordEvent`].
    EventSchema = "ewtp.event/1";
    /// Tag of [`crate::tariff::Publication`].
    PublicationSchema = "ewtp.tariff-publication/1";
    /// Tag of [`crate::tariff::EditionView`].
    EditionSchema = "ewtp.tariff-edition/1";
    /// Tag of [`crate::tariff::EditionList`].
    EditionsSchema = "ewtp.tariff-editions/1";
    /// Tag of [`crate::quote::QuoteAnswer`].
    QuoteSchema = "ewtp.quote/1";
    /// Tag of [`crate::ReopenedEvent`].
    ReopenedSchema = "ewtp.reopened/1";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_writes_its_text_and_reads_only_it() {
        assert_eq!(serde_json::to_string(&StatusSchema).unwrap(), "\"ewtp.status/1\"");
        assert!(serde_json::from_str::<StatusSchema>("\"ewtp.status/1\"").is_ok());
        assert!(serde_json::from_str::<StatusSchema>("\"ewtp.status/2\"").is_err());
    }
}
