//! The configuration file of a node: an operator's input, read whole, with every fault named.

use std::path::Path;

use ewtp_node::config::Config;
use ewtp_node::folder::Folder;

/// A configuration as `init` writes it.
pub fn sample() -> String {
    let (net, hub) = ("test:fuzz".parse(), "MY".parse());
    let (net, hub) = (net.expect("a net name"), hub.expect("a hub code"));
    Config::new(Folder::new(Path::new("hub")), net, hub, "node-1").render()
}

/// What is taken must mean the same after it was written again.
pub fn config(bytes: &[u8]) -> bool {
    let Ok(text) = str::from_utf8(bytes) else { return false };
    let folder = Folder::new(Path::new("hub"));
    let Ok(config) = Config::parse(&folder, text) else {
        return false;
    };
    assert_eq!(
        Config::parse(&folder, &config.render()).as_ref().ok(),
        Some(&config),
        "a configuration survives"
    );
    true
}
