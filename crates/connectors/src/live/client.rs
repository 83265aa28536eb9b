//! One request to a vendor, and its answer: addresses, headers, limits, redirects.
//!
//! Guarantees: every address passes the guard; the secret goes to the origin of the API and nowhere
//! else; nothing is read beyond the limit. Must not know: repetitions, budgets, pages.

use std::sync::Once;

use futures::StreamExt as _;
use reqwest::header::{
    ACCEPT, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, IF_NONE_MATCH, LOCATION,
};
use url::Url;

use crate::live::auth::{self, App};
use crate::live::guard::{Guard, Resolver, system_lookup};
use crate::live::pages::Call;
use crate::live::{Auth, Limits, Pull, PullError, Secret, Target, Watch};
use crate::source::Source;

/// Redirects that one request may take.
const REDIRECTS: usize = 3;

/// Sends requests to one API.
pub(super) struct Client {
    http: reqwest::Client,
    guard: Guard,
    headers: HeaderMap,
    secret: Option<(HeaderName, HeaderValue)>,
    app: Option<App>,
    limits: Limits,
}

/// An answer.
#[derive(Debug, Default)]
pub(super) struct Received {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
    /// Whether there was more than the limit.
    pub(super) is_cut: bool,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum NoAnswer {
    /// The connection could not be made, or broke.
    #[error("{0}")]
    Broken(String),
    /// The address may not be asked, or the request cannot be made.
    #[error("{0}")]
    Never(String),
}

impl Client {
    pub(super) fn new(
        source: &Source,
        pull: &'static Pull,
        target: &Target,
        watch: &Watch<'_>,
    ) -> Result<Self, PullError> {
        let base = target.url.as_deref().or(pull.base);
        let base = base.ok_or(PullError::NoUrl { source_name: source.name })?;
        let guard = Guard::new(base, &target.allow)
            .map_err(|why| PullError::Url { url: base.to_owned(), why: why.to_string() })?;
        let auth = target.auth.or(pull.auth.first().copied());
        let (mut secret, mut app) = (None, None);
        if let (Some(auth), Some(own)) = (auth, &target.secret) {
            secret = auth::header(auth, own)?;
            if auth == Auth::GitHubApp {
                let settings = |key: &str| target.settings.get(key).cloned();
                app = Some(App::new(own, &settings)?);
            }
        }
        let mut headers = HeaderMap::new();
        for (name, value) in pull.headers {
            let name = HeaderName::from_bytes(name.as_bytes());
            if let (Ok(name), Ok(value)) = (name, HeaderValue::from_str(value)) {
                headers.insert(name, value);
            }
        }
        let limits = watch.limits;
        let http = http(&guard, &limits).map_err(|error| PullError::Client(chain(&error)))?;
        Ok(Self { http, guard, headers, secret, app, limits })
    }

    /// Returns the address of `call`, if it may be asked.
    pub(super) fn address(&self, call: &Call) -> Result<Url, NoAnswer> {
        let never = |why: String| NoAnswer::Never(why);
        let base = self.guard.base();
        let url = if let Some(address) = &call.address {
            let url = base.join(address).map_err(|error| never(error.to_string()))?;
            // A list that leads elsewhere would be read without the secret, or from a stranger.
            if !self.guard.is_home(&url) {
                let host = url.host_str().unwrap_or_default();
                return Err(never(format!("the next page is on another host, `{host}`")));
            }
            url
        } else {
            let mut url = base.clone();
            let path = format!("{}{}", base.path().trim_end_matches('/'), call.request.path);
            // Whatever an API needs in its path is escaped; `?` begins the query.
            let (path, own) = path.split_once('?').unwrap_or((&path, ""));
            url.set_path(path);
            url.set_query((!own.is_empty()).then_some(own));
            if !call.request.query.is_empty() {
                url.query_pairs_mut().extend_pairs(&call.request.query);
            }
            url
        };
        self.guard.check(&url).map_err(|why| never(why.to_string()))?;
        Ok(url)
    }

    /// Sends `call` once.
    pub(super) async fn send(
        &self,
        call: &Call,
        etag: Option<&str>,
        now: aftercast_model::Timestamp,
    ) -> Result<Received, NoAnswer> {
        let token = match &self.app {
            Some(app) => match self.app_token(app, now).await? {
                Ok(token) => Some(token),
                Err(refused) => return Ok(refused),
            },
            None => None,
        };
        let secret = match &token {
            Some(token) => auth::header(Auth::Bearer, token)
                .map_err(|error| NoAnswer::Never(error.to_string()))?,
            None => self.secret.clone(),
        };
        let mut url = self.address(call)?;
        for _ in 0..=REDIRECTS {
            let home = self.guard.is_home(&url);
            let mut request = match &call.request.body {
                Some(body) => self
                    .http
                    .post(url.clone())
                    .header(CONTENT_TYPE, "application/json")
                    .body(body.clone()),
                None => self.http.get(url.clone()),
            };
            if home {
                request = request.headers(self.headers.clone());
                if let Some((name, value)) = secret.clone() {
                    request = request.header(name, value);
                }
                if let Some(etag) = etag {
                    request = request.header(IF_NONE_MATCH, etag);
                }
            }
            request = request.header(ACCEPT, call.request.accept.unwrap_or("application/json"));
            let received = self.receive(request).await?;
            if !matches!(received.status, 301 | 302 | 303 | 307 | 308) {
                return Ok(received);
            }
            if call.request.body.is_some() {
                return Err(NoAnswer::Never("the answer is a redirect".to_owned()));
            }
            let location = received.headers.get(LOCATION).and_then(|value| value.to_str().ok());
            let next = location.and_then(|location| url.join(location).ok());
            let Some(next) = next else {
                return Err(NoAnswer::Never("a redirect to nowhere".to_owned()));
            };
            self.guard.check(&next).map_err(|why| {
                let host = next.host_str().unwrap_or_default();
                NoAnswer::Never(format!("a redirect to `{host}`: {why}"))
            })?;
            url = next;
        }
        Err(NoAnswer::Never(format!("more than {REDIRECTS} redirects")))
    }

    async fn receive(&self, request: reqwest::RequestBuilder) -> Result<Received, NoAnswer> {
        let broken = |error: reqwest::Error| {
            let why = chain(&error.without_url());
            if why.contains("private network") {
                NoAnswer::Never(why)
            } else {
                NoAnswer::Broken(why)
            }
        };
        let answer = request.send().await.map_err(broken)?;
        let status = answer.status().as_u16();
        let headers = answer.headers().clone();
        let mut received = Received { status, headers, ..Received::default() };
        let mut pieces = answer.bytes_stream();
        while let Some(piece) = pieces.next().await {
            let piece = piece.map_err(broken)?;
            let room = self.limits.body_bytes - received.body.len();
            if piece.len() > room {
                received.body.extend_from_slice(piece.get(..room).unwrap_or_default());
                received.is_cut = true;
                break;
            }
            received.body.extend_from_slice(&piece);
        }
        Ok(received)
    }

    /// Returns the token of the App, or the answer that refused one.
    async fn app_token(
        &self,
        app: &App,
        now: aftercast_model::Timestamp,
    ) -> Result<Result<Secret, Received>, NoAnswer> {
        let mut token = app.token().await;
        if let Some(lasting) = token.lasting(now) {
            return Ok(Ok(lasting));
        }
        let never = |why: &str| NoAnswer::Never(why.to_owned());
        let (path, signed) =
            token.asked_at(now).ok_or_else(|| never("the key of the App cannot sign"))?;
        let call = Call::new(crate::live::Request::get(path, []));
        let url = self.address(&call)?;
        let mut request = self.http.post(url).headers(self.headers.clone());
        request = request.bearer_auth(signed.expose()).header(ACCEPT, "application/json");
        let received = self.receive(request).await?;
        if !matches!(received.status, 200 | 201) {
            return Ok(Err(received));
        }
        let granted = token.granted(&received.body);
        granted.map(Ok).ok_or_else(|| never("the answer has no token for the App"))
    }
}

fn http(guard: &Guard, limits: &Limits) -> Result<reqwest::Client, reqwest::Error> {
    static PROVIDER: Once = Once::new();
    PROVIDER.call_once(|| {
        // Fails where the process has chosen one already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
    let resolver = Resolver { guard: guard.clone(), lookup: system_lookup() };
    reqwest::Client::builder()
        .user_agent(concat!("aftercast/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(limits.connect)
        .read_timeout(limits.read)
        .timeout(limits.total)
        .redirect(reqwest::redirect::Policy::none())
        // A proxy would connect for us, past the guard.
        .no_proxy()
        .gzip(true)
        .tcp_nodelay(true)
        .dns_resolver(resolver)
        .build()
}

/// Returns an error with its causes, as one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let inner_text = inner.to_string();
        if !text.contains(&inner_text) {
            text.push_str(": ");
            text.push_str(&inner_text);
        }
        cause = inner.source();
    }
    text
}
