//! The operation matrices of `docs/api/` are the table of routes.
//!
//! `UPDATE_DOCS=1 cargo test -p gateway --test api_docs` writes them anew.

#![expect(clippy::expect_used, reason = "a test stops at the first surprise")]

use std::fs;
use std::path::Path;

use gateway::api::routes::{Intake, Level, Route, table};
use gateway::auth::Service;

const BEGIN: &str = "<!-- operations: written by gateway/tests/api_docs.rs -->\n";
const END: &str = "<!-- end of operations -->\n";

#[test]
fn the_s3_page_lists_the_operations_of_the_table_of_routes() {
    check("s3.md", &storage(|route| route.vendor.is_none()));
}

#[test]
fn the_obs_page_lists_the_operations_of_the_table_of_routes() {
    check("obs.md", &storage(|route| route.vendor.is_some()));
}

#[test]
fn the_kms_page_lists_the_operations_of_the_table_of_routes() {
    let rows = table().iter().filter_map(|route| match route.level {
        Level::Target(target) => {
            Some(format!("| {} | `{target}` | {} |\n", route.name, intake(route.intake)))
        }
        _ => None,
    });
    let head = "| operation | `x-amz-target` | body |\n|---|---|---|\n".to_owned();
    check("kms.md", &rows.fold(head, |page, row| page + &row));
}

#[test]
fn the_iam_page_lists_the_operations_of_the_table_of_routes() {
    let of = |service: Service| {
        let named = table().iter().filter(move |route| route.level == Level::Form(service));
        let mut names: Vec<&str> = named.map(|route| route.name).collect();
        names.sort_unstable();
        format!("| `{}` | {} |\n", service.name(), names.join(", "))
    };
    let head = "| service | `Action` |\n|---|---|\n";
    check("iam.md", &format!("{head}{}{}", of(Service::Iam), of(Service::Sts)));
}

#[test]
fn the_huawei_kms_page_lists_the_operations_of_the_table_of_routes() {
    let rows = table().iter().filter_map(|route| match route.level {
        Level::Path(path) => {
            let path = path.replacen("{}", "{project_id}", usize::from(path.starts_with("/v")));
            Some(format!("| {} | `{} {path}` |\n", route.name, route.method))
        }
        _ => None,
    });
    let head = "| operation | request |\n|---|---|\n".to_owned();
    check("kms-huawei.md", &rows.fold(head, |page, row| page + &row));
}

/// The matrix of the operations on buckets and objects among `chosen`.
fn storage(chosen: impl Fn(&Route) -> bool) -> String {
    let routes = table().iter().filter(|route| is_storage(route) && chosen(route));
    let rows = routes.map(|route| {
        let header = route.header.map(|name| format!(", header `x-amz-{name}`"));
        format!(
            "| {} | `{} {}{}`{} | {} |\n",
            route.name,
            route.method,
            place(route.level),
            query(route.parameters),
            header.unwrap_or_default(),
            intake(route.intake)
        )
    });
    let head = "| operation | request | body |\n|---|---|---|\n".to_owned();
    rows.fold(head, |page, row| page + &row)
}

fn is_storage(route: &Route) -> bool {
    !matches!(route.level, Level::Target(_) | Level::Form(_) | Level::Path(_))
}

fn place(level: Level) -> String {
    match level {
        Level::Service => "/".to_owned(),
        Level::Bucket => "/BUCKET".to_owned(),
        Level::Object => "/BUCKET/KEY".to_owned(),
        other => format!("{other:?}"),
    }
}

fn query(parameters: &[&str]) -> String {
    match parameters {
        [] => String::new(),
        some => format!("?{}", some.join("&")),
    }
}

fn intake(intake: Intake) -> String {
    let kib = |bytes: usize| match bytes / 1024 {
        kib if kib >= 1024 => format!("{} MiB", kib / 1024),
        kib => format!("{kib} KiB"),
    };
    match intake {
        Intake::Nothing => "-".to_owned(),
        Intake::Document(limit) => format!("document, {} at most", kib(limit)),
        Intake::PartList(limit) => format!("list of parts, {} at most", kib(limit)),
        Intake::Stream => "stream".to_owned(),
    }
}

/// Holds the part of a page between the marks to `matrix`, or writes it there.
fn check(page: &str, matrix: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/api").join(page);
    let text = fs::read_to_string(&path).expect("the page");
    let (before, rest) = text.split_once(BEGIN).expect("the mark of the beginning");
    let (written, after) = rest.split_once(END).expect("the mark of the end");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, format!("{before}{BEGIN}{matrix}{END}{after}")).expect("to write");
        return;
    }
    assert_eq!(
        written, matrix,
        "docs/api/{page} is not the table of routes; UPDATE_DOCS=1 writes it anew"
    );
}
