//! How much memory hub processes took, as the kernel counts it.

use crate::supervisor::ProcessView;

/// The largest resident memory any of the running processes ever had, in units of 1,000,000 bytes, rounded up; 0 when
/// the kernel does not tell.
pub(crate) fn largest_mb(processes: &[ProcessView]) -> u64 {
    processes
        .iter()
        .filter_map(|process| peak_bytes(process.pid?))
        .max()
        .unwrap_or(0)
        .div_ceil(1_000_000)
}

fn peak_bytes(pid: u32) -> Option<u64> {
    peak_of(&std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?)
}

/// Reads `VmHWM:     12345 kB`, the high-water mark.
fn peak_of(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_high_water_mark_is_read() {
        assert_eq!(
            peak_of("Name:\tewtp\nVmPeak:\t  999 kB\nVmHWM:\t    2048 kB\n"),
            Some(2_097_152)
        );
        assert_eq!(peak_of("Name:\tewtp\n"), None);
    }

    #[test]
    fn this_very_process_takes_memory() {
        assert!(peak_bytes(std::process::id()).is_some_and(|bytes| bytes > 100_000));
    }
}
