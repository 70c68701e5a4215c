//! Users, roles and sessions as tests make them.

use crate::{Client, Identity, Reply};

/// A policy of one statement.
pub fn statement(effect: &str, actions: &[&str], resource: &str) -> String {
    let actions = actions.join("\",\"");
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"{effect}","Action":["{actions}"],"Resource":"{resource}"}}]}}"#
    )
}

/// A policy that allows these actions on everything.
pub fn allow(actions: &[&str]) -> String {
    statement("Allow", actions, "*")
}

/// A trust policy that lets this principal in.
pub fn trust(principal: &str) -> String {
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"{principal}"}},"Action":"sts:AssumeRole"}}]}}"#
    )
}

impl Client {
    /// An operation of IAM that must succeed.
    #[track_caller]
    pub fn iam(&self, action: &str, parameters: &[(&str, &str)]) -> impl Future<Output = Reply> {
        let (client, action) = (self.clone(), action.to_owned());
        let parameters: Vec<(String, String)> =
            parameters.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        async move {
            let parameters: Vec<(&str, &str)> =
                parameters.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
            client.query("iam", &action, &parameters).await.expect(200)
        }
    }

    /// Makes a user of the caller's account; the same client as that user.
    pub async fn user(&self, name: &str) -> Client {
        self.iam("CreateUser", &[("UserName", name)]).await;
        let key = self.iam("CreateAccessKey", &[("UserName", name)]).await;
        self.signed_as(&identity(&key))
    }

    /// Gives a user an inline policy in place of the one it had.
    pub async fn allow_user(&self, name: &str, document: &str) {
        let parameters =
            [("UserName", name), ("PolicyName", "inline"), ("PolicyDocument", document)];
        self.iam("PutUserPolicy", &parameters).await;
    }

    /// The same client with the credentials that an answer of STS holds.
    pub fn session(&self, answer: &Reply) -> Client {
        self.with_session(&identity(answer), &answer.element("SessionToken"))
    }
}

fn identity(answer: &Reply) -> Identity {
    Identity {
        access_key_id: answer.element("AccessKeyId"),
        secret_access_key: answer.element("SecretAccessKey"),
    }
}
