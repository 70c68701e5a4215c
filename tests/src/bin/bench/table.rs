//! The printed lines: ours, the floor, their ratio, and what is wanted of it.

/// What is counted in a second.
#[derive(Clone, Copy)]
pub enum Unit {
    /// Bytes, shown as GB.
    Bytes,
    /// Requests.
    Requests,
}

/// One line of the table.
pub struct Line<'a> {
    /// What was done.
    pub what: &'a str,
    /// What the numbers count.
    pub unit: Unit,
    /// The gateway's, a second.
    pub ours: f64,
    /// CPU time of the gateway for each byte (ns) or request (us); 0 if unknown.
    pub cpu: f64,
    /// What it is measured against.
    pub against: &'a str,
    /// The floor's, a second.
    pub floor: f64,
    /// The ratio that is wanted at least.
    pub wanted: Option<f64>,
}

impl Line<'_> {
    /// Prints it.
    pub fn print(&self) {
        let ratio = self.ours / self.floor;
        let wanted = match self.wanted {
            None => String::new(),
            Some(wanted) if ratio >= wanted => format!("wanted {wanted:.2}: reached"),
            Some(wanted) => format!("wanted {wanted:.2}: missed"),
        };
        println!(
            "{:<34} {:>12} {:>12}   {:<28} {:>12} {ratio:>6.2}  {wanted}",
            self.what,
            shown(self.ours, self.unit),
            shown_cpu(self.cpu, self.unit),
            self.against,
            shown(self.floor, self.unit),
        );
    }
}

/// The heading of a group of lines.
pub fn heading(text: &str) {
    println!(
        "\n{text:<34} {:>12} {:>12}   {:<28} {:>12} {:>6}",
        "gateway", "its CPU", "floor", "floor's", "ratio"
    );
}

fn shown(rate: f64, unit: Unit) -> String {
    match unit {
        Unit::Bytes => format!("{:.2} GB/s", rate / 1e9),
        Unit::Requests => format!("{rate:.0} /s"),
    }
}

fn shown_cpu(cpu: f64, unit: Unit) -> String {
    match unit {
        _ if cpu == 0.0 => String::new(),
        Unit::Bytes => format!("{cpu:.2} ns/B"),
        Unit::Requests => format!("{cpu:.0} us"),
    }
}
