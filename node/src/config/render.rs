//! `ewtp.toml` as `init` writes it: each setting with the sentence an operator needs, defaults included.

use super::resolve::FORMAT;
use super::{Admission, Carried, Config};
use std::fmt::Write;

impl Config {
    /// The text of `ewtp.toml` that means this configuration.
    pub fn render(&self) -> String {
        let admission = match self.network.admission {
            Admission::Members => "admission = \"members\"          # \"open\": guests may read\n".to_owned(),
            Admission::Open { guests_max } => format!("admission = \"open\"\nguests_max = {guests_max}\n"),
        };
        let http = match self.admin_http {
            Some(address) => format!("http = \"{address}\"\n"),
            None => {
                "# http = \"127.0.0.1:7700\"       # beside the socket; loopback only, it has no password\n".to_owned()
            }
        };
        let mut text = format!(
            "# A node of hub {hub}. `ewtp doctor` checks this file; the node reads it when it starts.\n\
             format = {FORMAT}\n\
             net = {net}\n\
             hub = {hub_text}\n\
             name = {name}\n\
             \n\
             [network]\n\
             listen = {listen}\n\
             addresses = {addresses}                   # published for others to dial; empty: those of listen but 0.0.0.0 and ::\n\
             {admission}\
             connections_max = {connections}\n\
             memory_mb = {memory}                 # above this, no new connection; a part of it is for what waits\n\
             \n\
             [admin]                          # the socket is admin.sock in this folder\n\
             {http}\
             \n\
             [store]\n\
             engine = \"{engine}\"\n\
             cache_mb = {cache}\n\
             segment_mb = {segment}\n\
             \n\
             [limits]\n\
             carried_hubs_max = {hubs}           # a full cap refuses, it never evicts\n\
             carried_gb_each = {gigabytes}             # of one hub's log; what would pass it is not taken\n\
             schedules_gb_each = {of_schedules}            # of one hub's tariff schedules, before they are packed\n\
             pulse_s = {pulse}                    # an idle hub shows this often that it lives\n\
             \n\
             [events]\n\
             filter = {filter}\n",
            hub = self.hub,
            net = quoted(&self.net.to_string()),
            hub_text = quoted(&self.hub.to_string()),
            name = quoted(&self.name),
            listen = list(&self.network.listen),
            addresses = list(&self.network.addresses),
            connections = self.network.connections_max,
            memory = self.network.memory_bytes_max >> 20,
            engine = self.store.engine,
            cache = self.store.cache_bytes >> 20,
            segment = self.store.segment_bytes >> 20,
            hubs = self.limits.carried_hubs_max,
            gigabytes = self.limits.carried_bytes_each >> 30,
            of_schedules = self.limits.schedule_bytes_each >> 30,
            pulse = self.limits.pulse_every.as_secs(),
            filter = quoted(&self.event_filter),
        );
        for carried in &self.carry {
            text.push_str(&carried.render());
        }
        text
    }
}

impl Carried {
    /// The `[[carry]]` block of this hub, with an empty line before it.
    pub fn render(&self) -> String {
        let mut text = String::new();
        write!(
            text,
            "\n[[carry]]\nhub = {}\ngenesis = \"{}\"\naddresses = {}\n",
            quoted(&self.hub.to_string()),
            self.genesis,
            list(&self.addresses)
        )
        .expect("writing to a String cannot fail");
        text
    }
}

fn list(texts: &[String]) -> String {
    format!(
        "[{}]",
        texts.iter().map(|text| quoted(text)).collect::<Vec<_>>().join(", ")
    )
}

/// A TOML basic string, with whatever needs an escape escaped.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}
