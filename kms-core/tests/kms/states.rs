//! Every state x operation x spec, through the service.

use kms_core::key::{AliasName, GrantOperation, Grantee, Key, KeyOrigin, KeyRef, KeySpec};
use kms_core::kms::{
    CreateKey, GrantFilter, KmsError, NewGrant, ObjectAccess, ReEncrypt, RotationChange,
    WrappingAlgorithm, WrappingKeySpec,
};
use policy::Action;

use crate::world::{ALICE, BOB, NO_CONTEXT, World, context, named, object, root};

const STATES: [&str; 4] = ["Enabled", "Disabled", "PendingDeletion", "PendingImport"];

/// What each operation answers in each of [`STATES`].
const MATRIX: [(&str, [&str; 4]); 27] = [
    ("describe", ["ok", "ok", "ok", "ok"]),
    ("list", ["ok", "ok", "ok", "ok"]),
    ("check-object-key", ["ok", "ok", "ok", "ok"]),
    ("generate", ["ok", "Disabled", "PendingDeletion", "PendingImport"]),
    ("generate-without", ["ok", "Disabled", "PendingDeletion", "PendingImport"]),
    ("encrypt", ["ok", "Disabled", "PendingDeletion", "PendingImport"]),
    ("decrypt", ["ok", "Disabled", "PendingDeletion", "none"]),
    ("object-data-key", ["ok", "Disabled", "PendingDeletion", "PendingImport"]),
    ("object-open-key", ["ok", "Disabled", "PendingDeletion", "none"]),
    ("create-alias", ["ok", "ok", "PendingDeletion", "ok"]),
    ("update-description", ["ok", "ok", "PendingDeletion", "ok"]),
    ("enable", ["InvalidState", "ok", "PendingDeletion", "PendingImport"]),
    ("disable", ["ok", "InvalidState", "PendingDeletion", "PendingImport"]),
    ("schedule-deletion", ["ok", "ok", "PendingDeletion", "ok"]),
    ("cancel-deletion", ["InvalidState", "InvalidState", "ok", "InvalidState"]),
    ("create-grant", ["ok", "Disabled", "PendingDeletion", "PendingImport"]),
    ("list-grants", ["ok", "ok", "ok", "ok"]),
    ("set-rotation", ["ok", "Disabled", "PendingDeletion", "PendingImport"]),
    ("rotation-status", ["ok", "ok", "ok", "WrongOrigin"]),
    ("rotate", ["ok", "Disabled", "PendingDeletion", "PendingImport"]),
    ("import-parameters", ["WrongOrigin", "WrongOrigin", "WrongOrigin", "ok"]),
    ("delete-material", ["WrongOrigin", "WrongOrigin", "WrongOrigin", "ok"]),
    ("tag", ["ok", "ok", "PendingDeletion", "ok"]),
    ("list-tags", ["ok", "ok", "ok", "ok"]),
    ("key-policy", ["ok", "ok", "ok", "ok"]),
    ("put-key-policy", ["ok", "ok", "ok", "ok"]),
    ("re-encrypt", ["ok", "Disabled", "PendingDeletion", "none"]),
];

#[tokio::test]
async fn every_state_answers_every_operation_as_the_matrix_says() {
    for spec in KeySpec::ALL {
        for (operation, row) in MATRIX {
            for (state, expected) in STATES.into_iter().zip(row) {
                let answer = answer(spec, state, operation).await;
                assert_eq!(answer, expected, "{operation} on {} in {state}", spec.name());
            }
        }
    }
}

/// Makes a key with ciphertexts, brings it into `state` and does `operation`.
/// A key that never had material has no ciphertext to open: `none`.
async fn answer(spec: KeySpec, state: &str, operation: &str) -> &'static str {
    let (world, alice) = (World::new().await, root(ALICE));
    let kms = &world.kms;
    let external = state == "PendingImport";
    let origin = if external { KeyOrigin::External } else { KeyOrigin::AwsKms };
    let key = world.key_of(ALICE, spec, origin).await;
    let by = named(&key);
    let target = object(b"o");
    let mut ciphertexts = None;
    if !external {
        let api = kms.encrypt(&alice, &by, b"text", &NO_CONTEXT).await.unwrap().ciphertext;
        let made = kms.object_data_key(&alice, Some(&by), &target).await.unwrap();
        ciphertexts = Some((api, made.settle().await.unwrap().ciphertext));
    }
    match state {
        "Disabled" => drop(kms.disable_key(&alice, &by).await.unwrap()),
        "PendingDeletion" => drop(kms.schedule_key_deletion(&alice, &by, 7).await.unwrap()),
        _ => {}
    }
    let (api, wrapped) = match (&ciphertexts, operation) {
        (None, "decrypt" | "object-open-key" | "re-encrypt") => return "none",
        (None, _) => (&[][..], &[][..]),
        (Some((api, wrapped)), _) => (api.as_slice(), wrapped.as_slice()),
    };
    let name = AliasName::parse("payroll").unwrap();
    let result = match operation {
        "describe" => kms.describe_key(&alice, &by).await.map(drop),
        "list" => kms.list_keys(&alice, None, 10).await.map(drop),
        "check-object-key" => kms.check_object_key(&alice, &by, &target.bucket).await.map(drop),
        "generate" => kms.generate_data_key(&alice, &by, 32, &NO_CONTEXT).await.map(drop),
        "generate-without" => {
            kms.generate_data_key_without_plaintext(&alice, &by, 32, &NO_CONTEXT).await.map(drop)
        }
        "encrypt" => kms.encrypt(&alice, &by, b"text", &NO_CONTEXT).await.map(drop),
        "decrypt" => kms.decrypt(&alice, None, api, &NO_CONTEXT).await.map(drop),
        "object-data-key" => kms.object_data_key(&alice, Some(&by), &target).await.map(drop),
        "object-open-key" => {
            kms.object_open_key(&alice, wrapped, &target, ObjectAccess::Read).await.map(drop)
        }
        "create-alias" => kms.create_alias(&alice, &name, &by).await.map(drop),
        "update-description" => {
            kms.update_key_description(&alice, &by, "new".to_owned()).await.map(drop)
        }
        "enable" => kms.enable_key(&alice, &by).await.map(drop),
        "disable" => kms.disable_key(&alice, &by).await.map(drop),
        "schedule-deletion" => kms.schedule_key_deletion(&alice, &by, 7).await.map(drop),
        "cancel-deletion" => kms.cancel_key_deletion(&alice, &by).await.map(drop),
        other => more(&world, other, &by, api).await,
    };
    result.map_or_else(|error| error.kind(), |()| "ok")
}

/// The operations on rights, rotation and import.
async fn more(world: &World, operation: &str, by: &KeyRef, api: &[u8]) -> Result<(), KmsError> {
    let (kms, alice) = (&world.kms, &root(ALICE));
    match operation {
        "create-grant" => kms.create_grant(alice, by, to_bob()).await.map(drop),
        "list-grants" => kms.list_grants(alice, by, GrantFilter::default()).await.map(drop),
        "set-rotation" => kms.set_key_rotation(alice, by, RotationChange::On(90)).await.map(drop),
        "rotation-status" => kms.rotation_status(alice, by).await.map(drop),
        "rotate" => kms.rotate_key(alice, by).await.map(drop),
        "import-parameters" => {
            let (algorithm, spec) = (WrappingAlgorithm::RsaesOaepSha256, WrappingKeySpec::Rsa2048);
            kms.parameters_for_import(alice, by, algorithm, spec).await.map(drop)
        }
        "delete-material" => kms.delete_imported_key_material(alice, by).await.map(drop),
        "tag" => kms.tag_key(alice, by, &[("a".into(), "b".into())]).await,
        "list-tags" => kms.key_tags(alice, by).await.map(drop),
        "key-policy" => kms.key_policy(alice, Action::KmsGetKeyPolicy, by).await.map(drop),
        "put-key-policy" => kms.put_key_policy(alice, by, OWN_POLICY.into(), false).await,
        "re-encrypt" => {
            let destination = &named(&world.key(ALICE).await);
            let (source, none) = (Some(by), &NO_CONTEXT);
            let wanted = ReEncrypt {
                ciphertext: api,
                source,
                source_context: none,
                destination,
                destination_context: none,
            };
            kms.re_encrypt(alice, wanted).await.map(drop)
        }
        other => panic!("no such operation: {other}"),
    }
}

/// Leaves the decision to the account, as a key without a policy does.
const OWN_POLICY: &str = r#"{"Statement": [{"Effect": "Allow", "Action": "kms:*",
    "Principal": {"AWS": "arn:aws:iam::111111111111:root"}, "Resource": "*"}]}"#;

fn to_bob() -> NewGrant {
    NewGrant {
        grantee: Grantee::Domain(BOB.into()),
        retiring: None,
        name: String::new(),
        operations: vec![GrantOperation::DecryptDatakey],
        constraint: None,
    }
}

#[tokio::test]
async fn disabling_holds_from_the_next_call_on_though_material_is_cached() {
    let (world, alice) = (World::new().await, root(ALICE));
    let key = world.key(ALICE).await;
    let by = named(&key);
    let sealed = world.kms.encrypt(&alice, &by, b"text", &NO_CONTEXT).await.unwrap();
    world.kms.disable_key(&alice, &by).await.unwrap();
    let refused = world.kms.decrypt(&alice, None, &sealed.ciphertext, &NO_CONTEXT).await;
    assert_eq!(refused.unwrap_err(), KmsError::Disabled(key.id));
    world.kms.enable_key(&alice, &by).await.unwrap();
    let opened = world.kms.decrypt(&alice, None, &sealed.ciphertext, &NO_CONTEXT).await.unwrap();
    assert_eq!(opened.plaintext.expose(), b"text");
}

#[tokio::test]
async fn a_disabled_key_leaves_no_material_in_memory() {
    let (world, alice) = (World::new().await, root(ALICE));
    let key = world.key(ALICE).await;
    let by = named(&key);
    world.kms.encrypt(&alice, &by, b"text", &NO_CONTEXT).await.unwrap();
    world.kms.disable_key(&alice, &by).await.unwrap();
    world.kms.enable_key(&alice, &by).await.unwrap();
    world.hsm.pull(true);
    let refused = world.kms.encrypt(&alice, &by, b"text", &NO_CONTEXT).await;
    assert!(matches!(refused, Err(KmsError::Unavailable(_))), "it had to ask the root again");
}

#[tokio::test]
async fn deletion_is_scheduled_for_7_to_1096_days_and_cancelled_into_disabled() {
    let (world, alice) = (World::new().await, root(ALICE));
    let key = world.key(ALICE).await;
    let by = named(&key);
    for days in [0, 6, 1097, u32::MAX] {
        let refused = world.kms.schedule_key_deletion(&alice, &by, days).await;
        assert_eq!(refused.unwrap_err().kind(), "Invalid", "{days}");
    }
    let due = key.created_ms + 1096 * 86_400_000;
    let scheduled = world.kms.schedule_key_deletion(&alice, &by, 1096).await.unwrap();
    assert_eq!(scheduled.state.deletion_due_ms(), Some(due));
    let cancelled = world.kms.cancel_key_deletion(&alice, &by).await.unwrap();
    assert_eq!(cancelled.state.name(), "Disabled");
    assert_eq!(world.kms.describe_key(&alice, &by).await.unwrap(), cancelled);
}

#[tokio::test]
async fn a_cancelled_deletion_of_a_key_without_material_waits_for_import_again() {
    let (world, alice) = (World::new().await, root(ALICE));
    let by = named(&world.key_of(ALICE, KeySpec::Aes256, KeyOrigin::External).await);
    world.kms.schedule_key_deletion(&alice, &by, 7).await.unwrap();
    let cancelled = world.kms.cancel_key_deletion(&alice, &by).await.unwrap();
    assert_eq!(cancelled.state.name(), "PendingImport");
}

#[tokio::test]
async fn hardware_keys_wrap_in_the_token_and_are_counted() {
    let (world, alice) = (World::new().await, root(ALICE));
    let key = world.key_of(ALICE, KeySpec::Aes256, KeyOrigin::CloudHsm).await;
    let sealed = world.kms.encrypt(&alice, &named(&key), b"text", &NO_CONTEXT).await.unwrap();
    world.hsm.pull(true);
    let out = world.kms.decrypt(&alice, None, &sealed.ciphertext, &NO_CONTEXT).await;
    assert_eq!(out.unwrap_err().kind(), "Unavailable", "the material is nowhere but there");
    world.hsm.pull(false);
    let opened = world.kms.decrypt(&alice, None, &sealed.ciphertext, &NO_CONTEXT).await.unwrap();
    assert_eq!(opened.plaintext.expose(), b"text");
    world.key_of(ALICE, KeySpec::Sm4, KeyOrigin::CloudHsm).await;
    let wanted = CreateKey { origin: KeyOrigin::CloudHsm, ..CreateKey::default() };
    let third = world.kms.create_key(&alice, wanted).await;
    assert_eq!(third.unwrap_err().kind(), "LimitExceeded");
}

#[tokio::test]
async fn hardware_keys_need_hardware() {
    let world = World::over(false).await;
    let wanted = CreateKey { origin: KeyOrigin::CloudHsm, ..CreateKey::default() };
    let refused = world.kms.create_key(&root(ALICE), wanted).await;
    assert_eq!(refused.unwrap_err().kind(), "Unsupported");
}

#[tokio::test]
async fn software_keys_outlive_a_short_outage_of_the_hsm_and_no_longer() {
    let (world, alice) = (World::new().await, root(ALICE));
    let by = named(&world.key(ALICE).await);
    let sealed = world.kms.encrypt(&alice, &by, b"text", &context(&[("a", "b")])).await.unwrap();
    world.hsm.pull(true);
    let open = async || {
        let context = context(&[("a", "b")]);
        world.kms.decrypt(&alice, None, &sealed.ciphertext, &context).await.map(drop)
    };
    assert_eq!(open().await, Ok(()));
    world.pass_ms(60_000);
    assert_eq!(open().await.unwrap_err().kind(), "Unavailable");
}

#[tokio::test]
async fn two_changes_of_one_key_at_once_do_not_overwrite_each_other() {
    let (world, alice) = (World::new().await, root(ALICE));
    let Key { revision, .. } = world.key(ALICE).await;
    let by = named(&world.key(ALICE).await);
    let first = world.kms.disable_key(&alice, &by).await.unwrap();
    let second = world.kms.update_key_description(&alice, &by, "d".into()).await.unwrap();
    assert_eq!((first.revision, second.revision), (revision + 1, revision + 2));
    assert_eq!(second.state.name(), "Disabled");
}
