//! The name of a log: `ewtp/<net>/<hub>/<epoch>`, and of a hub as a witness: `ewtp/<net>/<hub>`.
//!
//! See `protocol-spec/checkpoint.md`.

use std::fmt;
use std::str::FromStr;

/// First segment of every origin of this mesh.
const PREFIX: &str = "ewtp";

/// Longest origin text: prefix, net (16), hub (11), epoch (10) and three slashes.
pub const ORIGIN_BYTES_MAX: usize = 4 + 16 + 11 + 10 + 3;

/// The text is not `ewtp/<net>/<hub>/<epoch>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an origin reads ewtp/<net>/<hub>/<epoch>")]
pub struct OriginError;

/// The origin line of a log's checkpoints and the name of its log key. // spec: checkpoint R2
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin {
    text: String,
    witness_end: usize,
}

impl Origin {
    /// The origin of `hub`'s log of generation `epoch` in `net`.
    ///
    /// `net` and `hub` come from values that are built valid only; text from elsewhere goes through [`FromStr`].
    pub fn new(net: &str, hub: &str, epoch: u32) -> Self {
        let witness = witness_name(net, hub);
        Self {
            witness_end: witness.len(),
            text: format!("{witness}/{epoch}"),
        }
    }

    /// The whole text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The net's name.
    pub fn net(&self) -> &str {
        self.witness_name()[PREFIX.len() + 1..]
            .rsplit_once('/')
            .expect("an origin has four segments")
            .0
    }

    /// The hub's code.
    pub fn hub(&self) -> &str {
        self.witness_name()
            .rsplit_once('/')
            .expect("an origin has four segments")
            .1
    }

    /// The log's generation.
    pub fn epoch(&self) -> u32 {
        self.text[self.witness_end + 1..]
            .parse()
            .expect("an origin ends with its epoch")
    }

    /// The name under which this hub cosigns the logs of others: the origin without its epoch.
    pub fn witness_name(&self) -> &str {
        &self.text[..self.witness_end]
    }
}

/// The name of a hub as a witness: `ewtp/<net>/<hub>`. // spec: cosignature R2
pub fn witness_name(net: &str, hub: &str) -> String {
    format!("{PREFIX}/{net}/{hub}")
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for Origin {
    type Err = OriginError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() > ORIGIN_BYTES_MAX {
            return Err(OriginError);
        }
        let mut segments = text.split('/');
        let parts = (
            segments.next(),
            segments.next(),
            segments.next(),
            segments.next(),
            segments.next(),
        );
        let (Some(PREFIX), Some(net), Some(hub), Some(epoch), None) = parts else {
            return Err(OriginError);
        };
        let epoch_number = epoch.parse::<u32>().map_err(|_| OriginError)?;
        // One log has one name: `+1` and `01` are other texts of the same number.
        if !is_net(net) || !is_hub(hub) || epoch != epoch_number.to_string() {
            return Err(OriginError);
        }
        Ok(Self::new(net, hub, epoch_number))
    }
}

fn is_net(net: &str) -> bool {
    let test_name = |name: &str| {
        !name.is_empty()
            && name
                .bytes()
                .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
    };
    net.len() <= 16 && (net == "ewtp" || net.strip_prefix("test:").is_some_and(test_name))
}

fn is_hub(hub: &str) -> bool {
    let (country, place) = hub
        .split_once('-')
        .map_or((hub, None), |(country, place)| (country, Some(place)));
    let upper = |text: &str| text.bytes().all(|byte| byte.is_ascii_uppercase());
    let upper_or_digit = |text: &str| {
        text.bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
    };
    country.len() == 2
        && upper(country)
        && place.is_none_or(|place| (1..=8).contains(&place.len()) && upper_or_digit(place))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_names_net_hub_and_epoch() {
        let origin: Origin = "ewtp/test:lab/CN-HGH/3".parse().unwrap();
        assert_eq!(origin, Origin::new("test:lab", "CN-HGH", 3));
        assert_eq!((origin.net(), origin.hub(), origin.epoch()), ("test:lab", "CN-HGH", 3));
        assert_eq!(origin.witness_name(), "ewtp/test:lab/CN-HGH");
    }

    #[test]
    fn other_texts_are_no_origin() {
        let texts = [
            "",
            "ewtp",
            "ewtp/ewtp/MY",
            "ewtp/ewtp/MY/00",
            "ewtp/ewtp/MY/+1",
            "ewtp/ewtp/my/0",
            "ewtp/ewtp/MY-/0",
            "ewtp/test:/MY/0",
            "ewtp/lab/MY/0",
            "EWTP/ewtp/MY/0",
            "ewtp/ewtp/MY/0/1",
            "ewtp/ewtp/MY/4294967296",
        ];
        for text in texts {
            assert_eq!(text.parse::<Origin>(), Err(OriginError), "{text}");
        }
    }
}
