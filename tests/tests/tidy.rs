//! The house rules that a compiler does not know: which crate and which floor
//! may see which, where a dependency lives, how long a file is, and that what
//! the documents name exists.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

const CRATES: [&str; 3] = ["policy", "kms-core", "gateway"];

/// Which of our crates a crate may depend on.
const ARROWS: [(&str, &[&str]); 4] = [
    ("policy", &[]),
    ("kms-core", &["policy"]),
    ("gateway", &["kms-core", "policy"]),
    ("tests", &["gateway", "kms-core", "policy"]),
];

/// Dependencies that one room keeps from all others, and that room.
const ROOMS: [(&str, &[&str]); 17] = [
    ("aes_gcm", &["kms-core/src/base/aead.rs"]),
    (
        "aws_lc_rs",
        &["kms-core/src/base/", "kms-core/src/sealed/blob_key.rs", "kms-core/src/kms/wrapping.rs"],
    ),
    ("aws_sigv4", &["gateway/src/auth/"]),
    ("clap", &["gateway/src/cli/"]),
    ("crc_fast", &["gateway/src/stream/checksum.rs"]),
    ("cryptoki", &["kms-core/src/hsm/"]),
    ("hyper", &["gateway/src/edge/", "gateway/src/control/", "gateway/src/http/message.rs"]),
    (
        "ipnet",
        &[
            "policy/src/condition/",
            "gateway/src/edge/proxy.rs",
            "gateway/src/server/listeners.rs",
            "gateway/src/config/",
        ],
    ),
    ("md5", &["gateway/src/stream/", "gateway/src/object/"]),
    ("object_store", &["gateway/src/backing/"]),
    ("prometheus_client", &["gateway/src/telemetry/"]),
    ("quick_xml", &["gateway/src/http/xml.rs"]),
    ("rcgen", &["gateway/src/edge/"]),
    ("rusqlite", &["gateway/src/catalog/"]),
    ("rustls", &["gateway/src/edge/"]),
    ("sm4", &["kms-core/src/base/aead.rs"]),
    ("toml", &["gateway/src/config/"]),
];

/// Names that say nothing about what is inside.
const EMPTY_NAMES: [&str; 6] = ["common", "util", "utils", "helpers", "manager", "misc"];

const LINES_MAX: usize = 500;

#[test]
fn crates_depend_on_each_other_only_downwards() {
    for (name, allowed) in ARROWS {
        let manifest = read(&root().join(name).join("Cargo.toml"));
        for other in ["policy", "kms-core", "gateway", "sealgate-tests"] {
            let depends = manifest.lines().any(|line| line.starts_with(&format!("{other}.")));
            assert!(!depends || allowed.contains(&other), "{name} must not depend on {other}");
        }
    }
}

#[test]
fn rooms_of_a_crate_import_only_from_floors_below() {
    for name in CRATES {
        let floors = floors(name);
        let imports = imports(name);
        for (from, to, place) in &imports {
            let (Some(above), Some(below)) = (floors.get(from), floors.get(to)) else { continue };
            assert!(
                above < below,
                "{place}: `{from}` must not import `{to}`, which is no floor below"
            );
        }
    }
}

#[test]
fn every_room_of_the_gateway_and_of_the_key_service_has_a_floor() {
    for name in ["kms-core", "gateway"] {
        let floors = floors(name);
        let lib = read(&root().join(name).join("src/lib.rs"));
        let declared = lib.lines().filter_map(|line| {
            line.trim_start_matches("pub ").strip_prefix("mod ")?.strip_suffix(';')
        });
        for module in declared {
            assert!(floors.contains_key(module), "{name}/src/lib.rs gives `{module}` no floor");
        }
    }
}

#[test]
fn rooms_do_not_import_each_other_in_a_circle() {
    for name in CRATES {
        let mut below: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (from, to, _) in imports(name) {
            below.entry(from).or_default().insert(to);
        }
        // Take away the rooms that import nothing that is left, until none is.
        loop {
            let rooms: BTreeSet<_> = below.keys().cloned().collect();
            let free =
                below.iter().find(|(_, to)| to.is_disjoint(&rooms)).map(|(from, _)| from.clone());
            let Some(free) = free else { break };
            below.remove(&free);
        }
        assert!(below.is_empty(), "a circle in {name} among {:?}", below.keys());
    }
}

#[test]
fn each_dependency_stays_in_its_room() {
    for (path, text) in sources() {
        for (dependency, rooms) in ROOMS {
            // A module of another crate may have the name, as in `rustls::crypto`.
            let is_local =
                [";", "}"].iter().any(|end| text.contains(&format!("{dependency}{end}")));
            let used = production(&text).any(|(_, line)| {
                let is_path =
                    [" ", "("].iter().any(|s| line.contains(&format!("{s}{dependency}::")));
                line.contains(&format!("use {dependency}::")) || (is_path && !is_local)
            });
            let at_home = rooms.iter().any(|room| path.starts_with(room));
            assert!(!used || at_home, "{path} uses {dependency}, whose room is {rooms:?}");
        }
    }
}

#[test]
fn no_file_is_longer_than_five_hundred_lines_without_its_tests() {
    for (path, text) in sources() {
        let lines = production(&text).count();
        assert!(lines <= LINES_MAX, "{path} has {lines} lines: split it by what it answers");
    }
}

#[test]
fn every_file_opens_by_saying_what_it_is() {
    for (path, text) in sources() {
        let first = text.lines().next().unwrap_or_default();
        assert!(first.starts_with("//! "), "{path} does not open with `//!`");
    }
}

#[test]
fn no_lint_is_silenced_without_a_reason() {
    for (path, text) in sources() {
        for (number, line) in production(&text) {
            let silenced = line.contains("[allow(") && !line.contains("reason = \"");
            assert!(!silenced, "{path}:{number}: use #[expect(lint, reason = \"...\")]");
        }
        let expected = text.matches("[expect(").count();
        assert!(
            text.matches("reason = \"").count() >= expected,
            "{path}: an #[expect] without a reason"
        );
    }
}

#[test]
fn files_are_named_after_what_they_hold() {
    for (path, _) in sources() {
        for part in Path::new(&path).with_extension("").iter() {
            let name = part.to_string_lossy();
            assert!(!EMPTY_NAMES.contains(&&*name), "{path} says nothing about what is inside");
        }
    }
}

#[test]
fn files_and_tests_that_the_documents_name_exist() {
    let known = files(&root(), &["rs", "md", "toml", "json", "sql", "sh", "py", "yaml"]);
    let functions = test_names();
    for path in files(&root(), &["md", "rs"]) {
        let text = read(&path);
        let is_code = path.extension().is_some_and(|kind| kind == "rs");
        for line in text.lines().filter(|line| !is_code || line.trim_start().starts_with("//")) {
            for word in quoted(line) {
                let at = relative(&path);
                if looks_like_a_path(word) {
                    let target = word.split(['*', '{', '<']).next().unwrap_or(word);
                    let target = target.split("NNNN").next().unwrap_or(target);
                    let found = root().join(target).exists()
                        || known.iter().any(|file| relative(file).starts_with(target));
                    assert!(found, "{at} names {word}, which does not exist");
                }
                if looks_like_a_test(word) {
                    assert!(
                        functions.contains(word),
                        "{at} names the test {word}, which does not exist"
                    );
                }
            }
        }
    }
}

#[test]
fn links_between_documents_lead_somewhere() {
    for path in files(&root(), &["md"]) {
        let text = read(&path);
        for rest in text.split("](").skip(1) {
            let target = rest.split(')').next().unwrap_or_default();
            let target = target.split('#').next().unwrap_or_default();
            if target.is_empty() || target.contains("://") || target.contains(char::is_whitespace) {
                continue;
            }
            let found = path.parent().is_some_and(|dir| dir.join(target).exists());
            assert!(found, "{} links to {target}, which does not exist", relative(&path));
        }
    }
}

/// The floors that a crate's `lib.rs` announces: room to number, 0 on top.
fn floors(name: &str) -> BTreeMap<String, usize> {
    let lib = read(&root().join(name).join("src/lib.rs"));
    let doc: String = lib.lines().filter_map(|line| line.strip_prefix("//!")).collect();
    let after = doc.split("Floors, imports only go down").nth(1).expect("lib.rs names its floors");
    let tower = after.split('`').find(|text| text.contains('>')).expect("floors in backticks");
    let mut floors = BTreeMap::new();
    for (number, floor) in tower.split('>').enumerate() {
        for room in floor.split(|c: char| !c.is_alphanumeric() && c != '_') {
            if !room.is_empty() {
                floors.insert(room.to_owned(), number);
            }
        }
    }
    floors
}

/// Who imports whom in a crate: room, room, place.
fn imports(name: &str) -> Vec<(String, String, String)> {
    let prefix = format!("{name}/src/");
    let mut found = Vec::new();
    for (path, text) in sources() {
        let Some(inside) = path.strip_prefix(&prefix) else { continue };
        let room = inside.split(['/', '.']).next().unwrap_or_default();
        if ["lib", "main"].contains(&room) {
            continue;
        }
        for (number, line) in production(&text) {
            for rest in line.split("crate::").skip(1) {
                let to: String =
                    rest.chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect();
                if !to.is_empty() && to != room {
                    found.push((room.to_owned(), to, format!("{path}:{number}")));
                }
            }
        }
    }
    found
}

/// Lines of a file that are neither comment nor test, with their numbers.
fn production(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let end = text.find("\n#[cfg(test)]\nmod ").unwrap_or(text.len());
    let lines = text.get(..end).unwrap_or(text).lines().enumerate();
    lines.filter(|(_, line)| !line.trim_start().starts_with("//")).map(|(at, line)| (at + 1, line))
}

/// Every production file of the crates: path from the root, text.
fn sources() -> Vec<(String, String)> {
    let mut found = Vec::new();
    for name in CRATES {
        for path in files(&root().join(name).join("src"), &["rs"]) {
            let is_test = path.iter().any(|part| part == "tests" || part == "tests.rs");
            if !is_test {
                found.push((relative(&path), read(&path)));
            }
        }
    }
    found
}

/// Texts in backticks.
fn quoted(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2)
}

fn looks_like_a_path(word: &str) -> bool {
    ["gateway/", "kms-core/", "policy/src", "tests/", "docs/", "scripts/"]
        .iter()
        .any(|start| word.starts_with(start))
        && !word.contains(char::is_whitespace)
        // The example of CONTRIBUTING.md.
        && !word.contains("foo")
}

/// Five words or more in lower case, joined by underscores.
fn looks_like_a_test(word: &str) -> bool {
    word.split('_').filter(|part| !part.is_empty()).count() >= 5
        && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

/// Every such word in code: tests may be made by a macro.
fn test_names() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for path in files(&root(), &["rs", "py"]) {
        let text = read(&path);
        for line in text.lines().filter(|line| !line.trim_start().starts_with("//")) {
            let words = line.split(|c: char| !c.is_alphanumeric() && c != '_');
            names.extend(words.filter(|word| looks_like_a_test(word)).map(str::to_owned));
        }
    }
    names
}

/// Files below `dir` of these kinds, built and fetched things left out.
fn files(dir: &Path, kinds: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).expect("a directory") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir()
            && !name.starts_with('.')
            && !["target", "node_modules", "sealgate-data"].contains(&&*name)
        {
            found.extend(files(&path, kinds));
        } else if path.extension().is_some_and(|kind| kinds.iter().any(|k| kind == *k)) {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace").to_owned()
}

fn relative(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).to_string_lossy().into_owned()
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
