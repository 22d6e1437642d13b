//! On which line of a CSV file a record begins, as people count who open the file.
//!
//! A reader says where it stood when it began to look for a record: before the end of the line above, if that ends in CR LF, and
//! before empty lines and comments. The record begins behind all of them; so a fault is looked for where it is.

/// How a line begins that is for people.
pub const COMMENT: u8 = b'#';

/// The line on which the record begins that a reader looked for from `rest` on, being on this line; both count from 1.
///
/// Lines end in LF or CR LF. Line ends inside quotes are the record's own, and were counted by the reader.
///
/// ```
/// use ewtp_tariff_import::lines;
/// assert_eq!(lines::begins(b"\n# for people\r\n\r\na,b", 1), 4);
/// assert_eq!(lines::begins(b"\"a\nb\",c", 7), 7);
/// ```
#[must_use]
pub fn begins(mut rest: &[u8], mut line: u64) -> u64 {
    loop {
        rest = match rest {
            [b'\n', after @ ..] => {
                line += 1;
                after
            }
            [b'\r', after @ ..] => after,
            [COMMENT, ..] => {
                let end = rest.iter().position(|byte| *byte == b'\n');
                &rest[end.unwrap_or(rest.len())..]
            }
            _ => return line,
        };
    }
}

/// The line of the record that begins at this place of the file.
pub(crate) fn of(file: &[u8], place: &csv::Position) -> u64 {
    let at = usize::try_from(place.byte()).unwrap_or(usize::MAX).min(file.len());
    begins(&file[at..], place.line())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The line of each record of a file.
    fn lines(file: &[u8]) -> Vec<u64> {
        let mut builder = csv::ReaderBuilder::new();
        let mut reader = builder.comment(Some(COMMENT)).has_headers(false).from_reader(file);
        let records = reader.records().map(|record| record.expect("a sound file"));
        records
            .map(|record| of(file, record.position().expect("a record that was read")))
            .collect()
    }

    #[test]
    fn records_are_counted_alike_whatever_ends_their_lines() {
        assert_eq!(lines(b"a,b\n1,2\n3,4\n"), [1, 2, 3]);
        assert_eq!(lines(b"a,b\r\n1,2\r\n3,4\r\n"), [1, 2, 3]);
        assert_eq!(lines(b"a,b\r\n1,2\n3,4"), [1, 2, 3]);
        assert_eq!(lines(b"\xef\xbb\xbfa,b\r\n1,2"), [1, 2]);
    }

    #[test]
    fn a_line_end_in_quotes_is_counted_and_ends_no_record() {
        assert_eq!(lines(b"a,b\n\"1\n1\",2\n3,4\n"), [1, 2, 4]);
        assert_eq!(lines(b"a,b\r\n\"1\r\n1\",2\r\n3,\"4\r\n\"\r\n5,6"), [1, 2, 4, 6]);
    }

    #[test]
    fn empty_lines_and_comments_are_counted() {
        assert_eq!(lines(b"# for people\na,b\n\n# more\n1,2\n"), [2, 5]);
        assert_eq!(lines(b"\r\n# for people\r\na,b\r\n\r\n1,2\r\n"), [3, 5]);
    }
}
