//! Grants and key policies: who is let in, how far, and until when.

use kms_core::key::{Constraint, Grant, GrantOperation, Grantee, KeyRef};
use kms_core::kms::{
    Bucket, Caller, GrantFilter, KmsError, NewGrant, ObjectAccess, ObjectContext, PROTECTION_TAG,
};
use policy::Principal;

use crate::world::{ALICE, BOB, NO_CONTEXT, World, caller, context, named, object, root, user};

const CAROL: &str = "333333333333";

fn grant(grantee: &str, operations: &[GrantOperation]) -> NewGrant {
    NewGrant {
        grantee: Grantee::Domain(grantee.to_owned()),
        retiring: None,
        name: String::new(),
        operations: operations.to_vec(),
        constraint: None,
    }
}

/// What each operation that can be granted answers to `who`.
async fn answer(
    world: &World,
    who: &Caller,
    operation: GrantOperation,
    by: &KeyRef,
    sealed: &[u8],
) -> &'static str {
    use policy::Action;
    let (kms, none) = (&world.kms, &NO_CONTEXT);
    let result = match operation {
        GrantOperation::CreateDatakey => kms.generate_data_key(who, by, 32, none).await.map(drop),
        GrantOperation::CreateDatakeyWithoutPlaintext => {
            kms.generate_data_key_without_plaintext(who, by, 32, none).await.map(drop)
        }
        GrantOperation::EncryptDatakey => {
            kms.encrypt_as(who, Action::KmsDekEncrypt, by, b"x", none).await.map(drop)
        }
        GrantOperation::DecryptDatakey => kms.decrypt(who, Some(by), sealed, none).await.map(drop),
        GrantOperation::EncryptData => kms.encrypt(who, by, b"x", none).await.map(drop),
        GrantOperation::DecryptData => {
            kms.decrypt_as(who, Action::KmsCmkDecrypt, Some(by), sealed, none).await.map(drop)
        }
        GrantOperation::DescribeKey => kms.describe_key(who, by).await.map(drop),
        GrantOperation::CreateGrant => {
            let wanted = grant(CAROL, &[GrantOperation::DescribeKey]);
            kms.create_grant(who, by, wanted).await.map(drop)
        }
        // Judged on a pair of keys and on a grant of its own; see below.
        GrantOperation::ReEncryptFrom | GrantOperation::ReEncryptTo => return "pair",
        GrantOperation::RetireGrant => return "own",
    };
    result.map_or_else(|error| error.kind(), |()| "ok")
}

#[tokio::test]
async fn a_grant_allows_its_own_operation_and_no_other() {
    let (world, alice, bob) = (World::new().await, root(ALICE), root(BOB));
    for granted in GrantOperation::ALL {
        let by = named(&world.key(ALICE).await);
        let sealed = world.kms.encrypt(&alice, &by, b"x", &NO_CONTEXT).await.unwrap().ciphertext;
        let mut operations = vec![granted];
        if granted == GrantOperation::CreateGrant {
            operations.push(GrantOperation::DescribeKey);
        }
        let made = world.kms.create_grant(&alice, &by, grant(BOB, &operations)).await.unwrap();
        for asked in GrantOperation::ALL {
            let answered = answer(&world, &bob, asked, &by, &sealed).await;
            let allowed = operations.contains(&asked);
            let expected = if allowed { "ok" } else { "AccessDenied" };
            if !["pair", "own"].contains(&answered) {
                assert_eq!(answered, expected, "{asked:?} by a grant of {granted:?}");
            }
            let stranger = answer(&world, &root("444444444444"), asked, &by, &sealed).await;
            assert!(["AccessDenied", "pair", "own"].contains(&stranger), "{asked:?}: {stranger}");
        }
        world.kms.revoke_grant(&alice, &by, made.id).await.unwrap();
        for asked in GrantOperation::ALL {
            let answered = answer(&world, &bob, asked, &by, &sealed).await;
            assert!(["AccessDenied", "pair", "own"].contains(&answered), "{asked:?} revoked");
        }
    }
}

#[tokio::test]
async fn an_object_of_another_account_opens_with_a_grant_and_not_after_its_revocation() {
    let (world, alice, bob) = (World::new().await, root(ALICE), root(BOB));
    let by = named(&world.key(ALICE).await);
    let target = object(b"o");
    let made = world.kms.object_data_key(&alice, Some(&by), &target).await.unwrap();
    let sealed = made.settle().await.unwrap().ciphertext;
    let open = async |access| {
        let opened = world.kms.object_open_key(&bob, &sealed, &target, access).await;
        opened.map_or_else(|error| error.kind(), |_| "ok")
    };
    let write = async || {
        let made = world.kms.object_data_key(&bob, Some(&by), &target).await;
        made.map_or_else(|error| error.kind(), |_| "ok")
    };
    assert_eq!(open(ObjectAccess::Read).await, "AccessDenied");
    let reading = grant(BOB, &[GrantOperation::DecryptDatakey]);
    let reading = world.kms.create_grant(&alice, &by, reading).await.unwrap();
    assert_eq!(open(ObjectAccess::Read).await, "ok");
    assert_eq!(open(ObjectAccess::Write).await, "AccessDenied");
    assert_eq!(write().await, "AccessDenied");
    let writing = grant(BOB, &[GrantOperation::CreateDatakey]);
    world.kms.create_grant(&alice, &by, writing).await.unwrap();
    assert_eq!((open(ObjectAccess::Write).await, write().await), ("ok", "ok"));
    world.kms.revoke_grant(&alice, &by, reading.id).await.unwrap();
    assert_eq!(open(ObjectAccess::Read).await, "AccessDenied");
}

#[tokio::test]
async fn a_service_uses_a_key_by_a_grant_alone() {
    let (world, alice) = (World::new().await, root(ALICE));
    let by = named(&world.key(ALICE).await);
    let mut service = caller(Principal::Service("logging.s3.amazonaws.com".to_owned()));
    service.region = crate::world::REGION.to_owned();
    let target = object(b"o");
    let write = async || world.kms.object_data_key(&service, Some(&by), &target).await.map(drop);
    assert_eq!(write().await.unwrap_err().kind(), "AccessDenied");
    let grantee = Grantee::Service("logging.s3.amazonaws.com".to_owned());
    let wanted = NewGrant { grantee, ..grant(BOB, &[GrantOperation::CreateDatakey]) };
    world.kms.create_grant(&alice, &by, wanted).await.unwrap();
    assert_eq!(write().await, Ok(()));
}

#[tokio::test]
async fn a_constrained_grant_holds_in_its_encryption_context_only() {
    let (world, alice, bob) = (World::new().await, root(ALICE), root(BOB));
    let by = named(&world.key(ALICE).await);
    let constraint = Some(Constraint::Subset(context(&[("tenant", "1")])));
    let operations = [GrantOperation::EncryptData, GrantOperation::DescribeKey];
    let wanted = NewGrant { constraint, ..grant(BOB, &operations) };
    world.kms.create_grant(&alice, &by, wanted).await.unwrap();
    let encrypt = async |pairs: &[(&str, &str)]| {
        let context = context(pairs);
        world.kms.encrypt(&bob, &by, b"x", &context).await.map(drop)
    };
    assert_eq!(encrypt(&[("tenant", "1"), ("more", "x")]).await, Ok(()));
    for wrong in [&[][..], &[("tenant", "2")]] {
        assert_eq!(encrypt(wrong).await.unwrap_err().kind(), "AccessDenied");
    }
    assert!(world.kms.describe_key(&bob, &by).await.is_ok(), "describing has no context");
}

#[tokio::test]
async fn a_grantee_passes_on_no_more_than_he_has() {
    let (world, alice, bob, carol) = (World::new().await, root(ALICE), root(BOB), root(CAROL));
    let by = named(&world.key(ALICE).await);
    let own = [GrantOperation::CreateGrant, GrantOperation::EncryptData];
    world.kms.create_grant(&alice, &by, grant(BOB, &own)).await.unwrap();
    let wider = grant(CAROL, &[GrantOperation::EncryptData, GrantOperation::DecryptData]);
    let refused = world.kms.create_grant(&bob, &by, wider).await;
    assert_eq!(refused.unwrap_err().kind(), "AccessDenied");
    let same = grant(CAROL, &[GrantOperation::EncryptData]);
    world.kms.create_grant(&bob, &by, same.clone()).await.unwrap();
    assert!(world.kms.encrypt(&carol, &by, b"x", &NO_CONTEXT).await.is_ok());
    let refused = world.kms.create_grant(&carol, &by, same).await;
    assert_eq!(refused.unwrap_err().kind(), "AccessDenied", "carol may not pass it on");
}

#[tokio::test]
async fn grants_are_retired_by_those_they_name_and_by_nobody_else() {
    let (world, alice, bob, carol) = (World::new().await, root(ALICE), root(BOB), root(CAROL));
    let by = named(&world.key(ALICE).await);
    let make = async |operations: &[GrantOperation], retiring: Option<&str>| -> Grant {
        let retiring = retiring.map(|id| Grantee::Domain(id.to_owned()));
        let wanted = NewGrant { retiring, ..grant(BOB, operations) };
        world.kms.create_grant(&alice, &by, wanted).await.unwrap()
    };
    let retire = async |who: &Caller, grant: &Grant| {
        let retired = world.kms.retire_grant(who, &by, grant.id).await;
        retired.map_or_else(|error| error.kind(), |()| "ok")
    };
    let plain = make(&[GrantOperation::DescribeKey], None).await;
    let named_carol = make(&[GrantOperation::DescribeKey], Some(CAROL)).await;
    let own = make(&[GrantOperation::RetireGrant], None).await;
    assert_eq!(retire(&bob, &plain).await, "AccessDenied", "another grant's right is not his");
    assert_eq!(retire(&carol, &plain).await, "AccessDenied");
    assert_eq!(retire(&bob, &named_carol).await, "AccessDenied");
    assert_eq!(retire(&carol, &named_carol).await, "ok");
    assert_eq!(retire(&bob, &own).await, "ok");
    assert_eq!(retire(&alice, &plain).await, "ok");
    assert_eq!(retire(&alice, &plain).await, "NoGrant");
    let left = world.kms.list_grants(&alice, &by, GrantFilter::default()).await.unwrap();
    assert_eq!(left.total, 0);
}

#[tokio::test]
async fn a_key_has_a_hundred_grants_and_a_named_one_is_made_once() {
    let (world, alice) = (World::new().await, root(ALICE));
    let by = named(&world.key(ALICE).await);
    let wanted = NewGrant { name: "once".to_owned(), ..grant(BOB, &[GrantOperation::DescribeKey]) };
    let one = world.kms.create_grant(&alice, &by, wanted.clone()).await.unwrap();
    let two = world.kms.create_grant(&alice, &by, wanted).await.unwrap();
    assert_eq!(one.id, two.id);
    for _ in 1..100 {
        let wanted = grant(BOB, &[GrantOperation::DescribeKey]);
        world.kms.create_grant(&alice, &by, wanted).await.unwrap();
    }
    let full =
        world.kms.create_grant(&alice, &by, grant(BOB, &[GrantOperation::DescribeKey])).await;
    assert_eq!(full.unwrap_err(), KmsError::LimitExceeded("grants of the key"));
    let filter = GrantFilter { limit: 60, ..GrantFilter::default() };
    let page = world.kms.list_grants(&alice, &by, filter).await.unwrap();
    assert_eq!((page.grants.len(), page.more, page.total), (60, true, 100));
}

#[tokio::test]
async fn default_keys_are_never_granted() {
    let (world, alice) = (World::new().await, root(ALICE));
    let target = object(b"o");
    let other = ObjectContext { bucket: Bucket { id: b"bucket-2", ..target.bucket }, ..target };
    let made = world.kms.object_data_key(&alice, None, &other).await.unwrap();
    let by = KeyRef::id(made.settle().await.unwrap().key.id);
    let refused =
        world.kms.create_grant(&alice, &by, grant(BOB, &[GrantOperation::DecryptDatakey])).await;
    assert_eq!(refused.unwrap_err().kind(), "DefaultKey");
}

#[tokio::test]
async fn a_key_policy_denies_even_the_owner_and_cannot_lock_its_author_out() {
    let (world, alice) = (World::new().await, root(ALICE));
    let by = named(&world.key(ALICE).await);
    let policy = |deny: &str| {
        format!(
            r#"{{"Statement": [
                {{"Effect": "Allow", "Principal": {{"AWS": "arn:aws:iam::{ALICE}:root"}},
                  "Action": "kms:*", "Resource": "*"}},
                {{"Effect": "Deny", "Principal": "*", "Action": "{deny}", "Resource": "*"}}]}}"#
        )
    };
    world.kms.put_key_policy(&alice, &by, policy("kms:Encrypt"), false).await.unwrap();
    let refused = world.kms.encrypt(&alice, &by, b"x", &NO_CONTEXT).await;
    assert_eq!(refused.unwrap_err().kind(), "AccessDenied");
    assert!(world.kms.generate_data_key(&alice, &by, 32, &NO_CONTEXT).await.is_ok());
    let locked = world.kms.put_key_policy(&alice, &by, policy("kms:PutKeyPolicy"), false).await;
    assert_eq!(locked.unwrap_err().kind(), "Policy");
    let nonsense = world.kms.put_key_policy(&alice, &by, "{}".to_owned(), true).await;
    assert_eq!(nonsense.unwrap_err().kind(), "Policy");
}

#[tokio::test]
async fn a_user_without_rights_may_not_grant_and_a_protected_key_stays() {
    let (world, alice) = (World::new().await, root(ALICE));
    let by = named(&world.key(ALICE).await);
    let policy = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
        "Action": "kms:DescribeKey", "Resource": "*"}]}"#;
    let ursula = user(ALICE, policy);
    let refused =
        world.kms.create_grant(&ursula, &by, grant(BOB, &[GrantOperation::DescribeKey])).await;
    assert_eq!(refused.unwrap_err().kind(), "AccessDenied");
    let tag = |value: &str| [(PROTECTION_TAG.to_owned(), value.to_owned())];
    world.kms.tag_key(&alice, &by, &tag("on")).await.unwrap();
    let refused = world.kms.schedule_key_deletion(&alice, &by, 7).await;
    assert_eq!(refused.unwrap_err().kind(), "Protected");
    world.kms.untag_key(&alice, &by, &[PROTECTION_TAG.to_owned()]).await.unwrap();
    assert!(world.kms.schedule_key_deletion(&alice, &by, 7).await.is_ok());
}
