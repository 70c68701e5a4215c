//! Listings against a plain model of what S3 lists.

use std::collections::{BTreeMap, BTreeSet};

use gateway::catalog::model::{ListQuery, Versioning};
use proptest::prelude::*;

use super::{Store, object};
use gateway::catalog::model::Precondition;

/// All entries that a query without limit should give: prefixes end in `None`.
fn model(keys: &BTreeMap<Vec<u8>, String>, query: &ListQuery) -> Vec<(Vec<u8>, Option<String>)> {
    let mut entries = BTreeSet::new();
    for (key, etag) in keys.iter().filter(|(key, _)| key.starts_with(&query.prefix)) {
        let rest = &key[query.prefix.len()..];
        let delimiter = &query.delimiter;
        let cut = (!delimiter.is_empty())
            .then(|| rest.windows(delimiter.len()).position(|window| window == delimiter))
            .flatten();
        let entry = match cut {
            Some(at) => (key[..query.prefix.len() + at + delimiter.len()].to_vec(), None),
            None => (key.clone(), Some(etag.clone())),
        };
        if entry.0 > query.after {
            entries.insert(entry);
        }
    }
    entries.into_iter().collect()
}

/// All pages of a query, entries in the order of the wire.
async fn pages(store: &Store, bucket: i64, query: &ListQuery) -> Vec<(Vec<u8>, Option<String>)> {
    let mut all = Vec::new();
    let mut query = query.clone();
    loop {
        let page = store.catalog.version_list(bucket, query.clone()).await.expect("page");
        let mut entries: Vec<_> =
            page.objects.into_iter().map(|object| (object.key, Some(object.etag))).collect();
        entries.extend(page.prefixes.into_iter().map(|prefix| (prefix, None)));
        assert!(entries.len() <= query.limit);
        entries.sort();
        all.extend(entries);
        match page.next {
            Some(next) => query.after = next,
            None => return all,
        }
    }
}

/// Keys from an alphabet that makes prefixes, delimiters and edges likely.
fn key() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(prop::sample::select(vec![b'a', b'b', b'/', 0x00, 0xff]), 1..7)
}

fn text(most: usize) -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(prop::sample::select(vec![b'a', b'b', b'/', 0xff]), 0..most)
}

fn query() -> impl Strategy<Value = ListQuery> {
    (text(3), text(3), text(5), 1..8_usize)
        .prop_map(|(prefix, delimiter, after, limit)| ListQuery { prefix, delimiter, after, limit })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn pages_list_what_a_plain_map_would(
        steps in prop::collection::vec((key(), 0..4_u8), 1..60),
        queries in prop::collection::vec(query(), 20),
    ) {
        let runtime = tokio::runtime::Runtime::new().expect("runtime");
        runtime.block_on(async {
            let store = Store::new();
            let bucket = store.bucket("b", Versioning::Enabled).await;
            let mut keys = BTreeMap::new();
            for (key, action) in steps {
                if action == 0 {
                    let deletion = gateway::catalog::model::Deletion {
                        key: key.clone(), ..super::latest("")
                    };
                    store.remove(&bucket, deletion)
                        .await.expect("delete");
                    keys.remove(&key);
                    continue;
                }
                let mut new = object(&bucket, "");
                new.key = key.clone();
                let etag = new.object.etag.clone();
                store.catalog.version_commit(new, Precondition::None).await.expect("put");
                keys.insert(key, etag);
            }
            for query in queries {
                let listed = pages(&store, bucket.row, &query).await;
                assert_eq!(listed, model(&keys, &query), "{query:?}");
            }
        });
    }
}

#[tokio::test]
async fn a_common_prefix_and_old_versions_are_not_scanned() {
    let store = Store::new();
    let bucket = store.bucket("b", Versioning::Enabled).await;
    let mut puts = Vec::new();
    for n in 0..2_000 {
        puts.push(object(&bucket, &format!("dir/{n:05}")));
        puts.push(object(&bucket, "often"));
    }
    let catalog = &store.catalog;
    let commits = puts.into_iter().map(|new| catalog.version_commit(new, Precondition::None));
    for committed in futures_util::future::join_all(commits).await {
        committed.expect("commit");
    }
    store.put(&bucket, "zebra").await;
    let query = ListQuery { delimiter: b"/".to_vec(), limit: 1_000, ..ListQuery::default() };
    let list = async |query: &ListQuery| {
        store.catalog.version_list(bucket.row, query.clone()).await.expect("page")
    };
    let page = list(&query).await;
    assert_eq!(page.prefixes, [b"dir/"]);
    let keys: Vec<_> = page.objects.iter().map(|object| &object.key[..]).collect();
    assert_eq!(keys, [&b"often"[..], b"zebra"]);
    // The best of many, since other work shares the machine.
    let time = async |query: ListQuery| {
        let mut best = std::time::Duration::MAX;
        for _ in 0..30 {
            let began = std::time::Instant::now();
            list(&query).await;
            best = best.min(began.elapsed());
        }
        best
    };
    let seeking = time(query.clone()).await;
    let scanning = time(ListQuery { delimiter: Vec::new(), ..query }).await;
    assert!(seeking < scanning, "{seeking:?} for three entries, {scanning:?} for a full page");
}

#[tokio::test]
async fn a_page_of_no_entries_is_the_last() {
    let store = Store::new();
    let bucket = store.bucket("b", Versioning::Off).await;
    store.put(&bucket, "key").await;
    let page = store.catalog.version_list(bucket.row, ListQuery::default()).await.expect("page");
    assert!(page.objects.is_empty() && page.next.is_none());
}
