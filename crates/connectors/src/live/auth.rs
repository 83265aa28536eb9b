//! Who we are, to a vendor: headers from a scheme and a secret.
//!
//! Guarantees: a secret is never shown by `Debug` or in an error, its header is marked sensitive. Must
//! not know: when requests are made and where they go.

use std::fmt;

use aftercast_model::Timestamp;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use reqwest::header::{AUTHORIZATION, HeaderName, HeaderValue};
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use serde::Deserialize;

use crate::live::{Auth, PullError};

/// How long a token of a GitHub App must at least last to be used.
const SPARE_MS: i64 = 5 * 60 * 1000;

/// A secret. Nothing shows it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Returns `text` as a secret; blanks and line ends around it do not count.
    pub fn new(text: &str) -> Self {
        Self(text.trim().to_owned())
    }

    /// Returns the text, to be sent or signed with.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

/// Returns the header that carries `secret` as `auth` says; none for a GitHub App, whose tokens are
/// sent as [`Auth::Bearer`].
pub(super) fn header(
    auth: Auth,
    secret: &Secret,
) -> Result<Option<(HeaderName, HeaderValue)>, PullError> {
    let secret = secret.expose();
    let (name, value) = match auth {
        Auth::Bearer => (AUTHORIZATION, format!("Bearer {secret}")),
        Auth::Prefixed(prefix) => (AUTHORIZATION, format!("{prefix}{secret}")),
        Auth::Basic => (AUTHORIZATION, format!("Basic {}", STANDARD.encode(secret))),
        Auth::Header(name) => {
            (HeaderName::from_bytes(name.as_bytes()).map_err(unusable)?, secret.to_owned())
        }
        Auth::GitHubApp => return Ok(None),
    };
    let mut value = HeaderValue::from_str(&value).map_err(unusable)?;
    value.set_sensitive(true);
    Ok(Some((name, value)))
}

fn unusable(_: impl fmt::Display) -> PullError {
    PullError::Secret("it has characters that no header may have".to_owned())
}

/// A GitHub App: signs that it is itself, and gets a token for an installation.
pub(super) struct App {
    key: RsaKeyPair,
    id: String,
    installation: String,
    /// The token and when it expires.
    token: tokio::sync::Mutex<Option<(Secret, Timestamp)>>,
}

#[derive(Deserialize)]
struct Granted {
    token: String,
    expires_at: String,
}

impl App {
    /// Returns the App with the private key `secret`, as PEM.
    pub(super) fn new(
        secret: &Secret,
        settings: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, PullError> {
        let missing = |key| PullError::Secret(format!("`{key}` of the GitHub App is missing"));
        let id = settings("app_id").ok_or_else(|| missing("app_id"))?;
        let installation = settings("installation_id").ok_or_else(|| missing("installation_id"))?;
        let key = private_key(secret.expose())
            .ok_or_else(|| PullError::Secret("it is no RSA private key in PEM form".to_owned()))?;
        Ok(Self { key, id, installation, token: tokio::sync::Mutex::default() })
    }

    /// Returns the token, where there is one that lasts; holds off others who ask meanwhile.
    pub(super) async fn token(&self) -> Token<'_> {
        Token { app: self, kept: self.token.lock().await }
    }

    /// Returns a JSON Web Token that says that this is the App, for nine minutes.
    fn signed(&self, now: Timestamp) -> Option<String> {
        let seconds = now.millis().div_euclid(1000);
        let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"RS256","typ":"JWT"}"#);
        let claims =
            serde_json::json!({ "iat": seconds - 60, "exp": seconds + 540, "iss": self.id });
        let signed = format!("{header}.{}", URL_SAFE_NO_PAD.encode(claims.to_string()));
        let mut signature = vec![0; self.key.public().modulus_len()];
        let random = ring::rand::SystemRandom::new();
        self.key.sign(&RSA_PKCS1_SHA256, &random, signed.as_bytes(), &mut signature).ok()?;
        Some(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}

/// The token of an App, held by one request at a time.
pub(super) struct Token<'a> {
    app: &'a App,
    kept: tokio::sync::MutexGuard<'a, Option<(Secret, Timestamp)>>,
}

impl Token<'_> {
    /// Returns it, if it lasts.
    pub(super) fn lasting(&self, now: Timestamp) -> Option<Secret> {
        let (token, expires_at) = self.kept.as_ref()?;
        (expires_at.since(now) > SPARE_MS).then(|| token.clone())
    }

    /// Returns where a new one is asked for, and the bearer to ask with.
    pub(super) fn asked_at(&self, now: Timestamp) -> Option<(String, Secret)> {
        let path = format!("/app/installations/{}/access_tokens", self.app.installation);
        Some((path, Secret::new(&self.app.signed(now)?)))
    }

    /// Keeps what was answered and returns the new token.
    pub(super) fn granted(&mut self, answer: &[u8]) -> Option<Secret> {
        let granted: Granted = serde_json::from_slice(answer).ok()?;
        let token = Secret::new(&granted.token);
        *self.kept = Some((token.clone(), Timestamp::parse(&granted.expires_at).ok()?));
        Some(token)
    }
}

/// Reads an RSA key in PEM form, PKCS#1 (as GitHub gives it) or PKCS#8.
fn private_key(pem: &str) -> Option<RsaKeyPair> {
    // Settings in the environment often have `\n` for the ends of lines.
    let pem = pem.replace("\\n", "\n");
    let mut lines = pem.lines().map(str::trim).filter(|line| !line.is_empty());
    let kind = lines.next()?.strip_prefix("-----BEGIN ")?.strip_suffix("-----")?.to_owned();
    let base64: String = lines.take_while(|line| !line.starts_with("-----")).collect();
    let der = STANDARD.decode(base64).ok()?;
    match kind.as_str() {
        "RSA PRIVATE KEY" => RsaKeyPair::from_der(&der).ok(),
        "PRIVATE KEY" => RsaKeyPair::from_pkcs8(&der).ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ring::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};

    const PKCS1: &str = include_str!("../../tests/fixtures/live/app-pkcs1.pem");
    const PKCS8: &str = include_str!("../../tests/fixtures/live/app-pkcs8.pem");

    fn app(pem: &str) -> Result<App, PullError> {
        let settings = |key: &str| (key != "other").then(|| format!("{}7", key.len()));
        App::new(&Secret::new(pem), &settings)
    }

    #[test]
    fn a_secret_is_sent_as_its_scheme_says_and_never_shown() {
        let check = |auth, expected: Option<(&str, &str)>| {
            let found = header(auth, &Secret::new(" u:pass\n")).unwrap();
            let found = found.as_ref();
            assert!(found.is_none_or(|(_, value)| value.is_sensitive()));
            assert_eq!(
                found.map(|(name, value)| (name.as_str(), value.to_str().unwrap())),
                expected
            );
        };
        check(Auth::Bearer, Some(("authorization", "Bearer u:pass")));
        check(Auth::Prefixed("GenieKey "), Some(("authorization", "GenieKey u:pass")));
        check(Auth::Header("Circle-Token"), Some(("circle-token", "u:pass")));
        check(Auth::Basic, Some(("authorization", "Basic dTpwYXNz")));
        check(Auth::GitHubApp, None);
        assert!(header(Auth::Bearer, &Secret::new("a\nb")).is_err());
    }

    #[test]
    fn an_app_signs_that_it_is_itself_for_ten_minutes_at_most() {
        let now = Timestamp::from_seconds(1_790_000_000);
        for pem in [PKCS1, PKCS8, &PKCS1.replace('\n', "\\n")] {
            let app = app(pem).unwrap();
            let token = app.signed(now).unwrap();
            let (signed, signature) = token.rsplit_once('.').unwrap();
            let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
            let public = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, app.key.public());
            assert_eq!(public.verify(signed.as_bytes(), &signature), Ok(()));
            let claims = URL_SAFE_NO_PAD.decode(signed.split_once('.').unwrap().1).unwrap();
            let claims: serde_json::Value = serde_json::from_slice(&claims).unwrap();
            let expected =
                serde_json::json!({"iat": 1_789_999_940, "exp": 1_790_000_540, "iss": "67"});
            assert_eq!(claims, expected);
        }
        for wrong in
            ["", "no key", "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----"]
        {
            assert!(matches!(app(wrong), Err(PullError::Secret(_))), "{wrong}");
        }
    }

    #[tokio::test]
    async fn a_token_is_used_until_five_minutes_before_its_end() {
        let app = app(PKCS1).unwrap();
        let at = Timestamp::from_seconds;
        let mut token = app.token().await;
        assert_eq!(token.lasting(at(0)), None);
        let (path, _) = token.asked_at(at(0)).unwrap();
        assert_eq!(path, "/app/installations/157/access_tokens");
        assert_eq!(token.granted(b"{}"), None);
        let answer = br#"{"token":"ghs_x","expires_at":"1970-01-01T01:00:00Z"}"#;
        assert_eq!(token.granted(answer), Some(Secret::new("ghs_x")));
        assert_eq!(token.lasting(at(3299)), Some(Secret::new("ghs_x")));
        assert_eq!(token.lasting(at(3300)), None);
    }
}
