//! `aftercast serve`.

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use clap::Args;
use tokio::net::TcpListener;

use super::global::Global;
use crate::config::LISTEN;
use crate::error::Outcome;
use crate::http::{App, routes};
use crate::ops::Receiving;

/// Receive webhooks, events and traces
///
/// Each source with a `webhook_secret_env` or `webhook_secret_file` takes signed webhooks at
/// /v1/hooks/NAME. What is acknowledged survives a power cut. Ends at Ctrl-C or SIGTERM, after the
/// requests that are under way.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  aftercast serve\n  aftercast serve --listen 0.0.0.0:4180\n  curl \
                        http://127.0.0.1:4180/healthz"
)]
pub(crate) struct Arguments {
    /// Address and port to listen on
    #[arg(
        long,
        value_name = "ADDRESS",
        help = "Address and port to listen on [default: 127.0.0.1:4180]"
    )]
    listen: Option<String>,
}

pub(crate) async fn run(global: &Global, arguments: &Arguments) -> Outcome<ExitCode> {
    let session = global.session()?;
    let (intake, receiving) = Receiving::open(&session).await?;
    let configured = session.config.text(LISTEN).unwrap_or_default();
    let address = arguments.listen.as_deref().unwrap_or(configured);
    let listener = TcpListener::bind(address)
        .await
        .with_context(|| format!("cannot listen on `{address}`"))?;
    let address = listener.local_addr()?;
    global.say(&format!("listening on http://{address}"));
    for name in intake.names() {
        global.say(&format!("  webhooks of {name} at http://{address}/v1/hooks/{name}"));
    }
    let receiving = Arc::new(receiving);
    let emptying = tokio::spawn({
        let receiving = receiving.clone();
        async move { receiving.run().await }
    });
    let app = App { intake: Arc::new(intake), receiving: receiving.clone() };
    axum::serve(listener, routes(app)).with_graceful_shutdown(asked_to_end()).await?;
    global.say("ending: what came in is stored");
    emptying.abort();
    receiving.finish().await;
    Ok(ExitCode::SUCCESS)
}

/// Ctrl-C, or what service managers send.
async fn asked_to_end() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    // Without a way to ask, it ends when it is killed.
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
