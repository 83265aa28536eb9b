//! Sends signed webhooks to a running `aftercast serve` and says how many a second it takes, and how
//! long each waits: `intake_load ADDRESS PATH SECRET [COUNT] [CONNECTIONS]`. See `benches/intake`.

#![expect(clippy::print_stdout, reason = "its result")]

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use aftercast_connectors::live::webhook::sign;
use aftercast_connectors::source_named;
use aftercast_model::Timestamp;

/// About as large as a webhook of PagerDuty.
const FILL: usize = 2_000;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [address, path, secret, rest @ ..] = arguments.as_slice() else {
        return Err("intake_load ADDRESS PATH SECRET [COUNT] [CONNECTIONS]".into());
    };
    let number = |at: usize, usual| rest.get(at).map_or(Ok(usual), |text| text.parse());
    let (count, connections): (usize, usize) = (number(0, 50_000)?, number(1, 256)?);
    let next = AtomicUsize::new(0);
    let waits: Mutex<Vec<Duration>> = Mutex::default();
    let refused = AtomicUsize::new(0);
    let begun = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..connections {
            scope.spawn(|| {
                let sent = send(address, path, secret, (&next, count), &refused);
                if let (Ok(own), Ok(mut waits)) = (sent, waits.lock()) {
                    waits.extend(own);
                }
            });
        }
    });
    let took = begun.elapsed().as_secs_f64();
    let mut waits = waits.into_inner()?;
    waits.sort_unstable();
    let at = |share: usize| waits.get(waits.len() * share / 1000).copied().unwrap_or_default();
    println!(
        "{} accepted in {took:.2} s: {:.0} a second; p50 {:.1} ms, p99 {:.1} ms, p99.9 {:.1} ms; {} refused",
        waits.len(),
        waits.len() as f64 / took,
        at(500).as_secs_f64() * 1e3,
        at(990).as_secs_f64() * 1e3,
        at(999).as_secs_f64() * 1e3,
        refused.load(Ordering::Relaxed),
    );
    Ok(())
}

fn send(
    address: &str,
    path: &str,
    secret: &str,
    (next, count): (&AtomicUsize, usize),
    refused: &AtomicUsize,
) -> std::io::Result<Vec<Duration>> {
    let webhook = source_named("pagerduty").and_then(|source| source.webhook);
    let scheme = webhook.and_then(|webhook| webhook.signatures.first());
    let scheme = *scheme.ok_or(std::io::ErrorKind::NotFound)?;
    let run = Instant::now().elapsed().as_nanos() + u128::from(std::process::id());
    let mut stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    let (mut waits, mut answer) = (Vec::new(), [0; 4096]);
    loop {
        let number = next.fetch_add(1, Ordering::Relaxed);
        if count <= number {
            return Ok(waits);
        }
        let body = format!(
            "{{\"event\":{{\"id\":\"{run}-{number}\",\"event_type\":\"incident.triggered\",\"data\":\
             {{\"fill\":\"{}\"}}}}}}",
            "incident ".repeat(FILL / 9)
        );
        let signed = sign(scheme, secret, body.as_bytes(), "", Timestamp::from_millis(0));
        let mut request = format!(
            "POST {path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {}\r\n",
            body.len()
        );
        for (name, value) in signed {
            request.extend([name.as_str(), ": ", &value, "\r\n"]);
        }
        request += "\r\n";
        request += &body;
        let begun = Instant::now();
        stream.write_all(request.as_bytes())?;
        // Answers are short and come in one piece.
        let read = stream.read(&mut answer)?;
        if answer.get(..read).is_some_and(|answer| answer.starts_with(b"HTTP/1.1 202")) {
            waits.push(begun.elapsed());
        } else {
            refused.fetch_add(1, Ordering::Relaxed);
        }
    }
}
