//! A fake vendor on a socket: HTTP/1.1 with keep-alive, and whatever can go wrong.
//!
//! Owns: sockets, the check of the secret, the faults. Knows no vendor. Everything is told by the number
//! of the request, from 1 over all connections, so that a test is the same every time.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aftercast_connectors::live::Auth;

use super::{Asked, Reply, Vendor, World};

/// What goes wrong with a request.
#[derive(Debug, Clone)]
pub enum Fault {
    /// The connection breaks before there is an answer.
    Drop,
    /// This status, with these headers and body, instead of the answer.
    Status(u16, Vec<(&'static str, &'static str)>, &'static str),
    /// The answer comes in small pieces.
    Slow,
    /// Half of the answer, then the connection breaks.
    Cut,
    /// Something that is no JSON.
    Garbage,
    /// Nothing at all, until the other side hangs up.
    Stall,
}

/// A running server. It ends with the value.
pub struct Server {
    /// `http://127.0.0.1:PORT`.
    pub url: String,
    shared: Arc<Shared>,
}

type Call = Box<dyn FnOnce() + Send>;

struct Shared {
    vendor: &'static Vendor,
    auth: Option<Auth>,
    world: Arc<World>,
    faults: BTreeMap<usize, Fault>,
    requests: AtomicUsize,
    /// Runs that exist at the first request, and requests after which there is one more.
    first: AtomicUsize,
    every: usize,
    calls: Mutex<BTreeMap<usize, Call>>,
    log: Mutex<Vec<String>>,
    stopped: AtomicBool,
}

impl Server {
    /// Starts `vendor` on a port of its own; requests must carry its secret as `auth` says. At the
    /// beginning `visible` runs exist, and one more after each `every` requests.
    pub fn start(
        vendor: &'static Vendor,
        auth: Option<Auth>,
        world: Arc<World>,
        faults: impl IntoIterator<Item = (usize, Fault)>,
        (visible, every): (usize, usize),
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let shared = Arc::new(Shared {
            vendor,
            auth,
            world,
            faults: faults.into_iter().collect(),
            requests: AtomicUsize::new(0),
            first: AtomicUsize::new(visible),
            every,
            calls: Mutex::default(),
            log: Mutex::default(),
            stopped: AtomicBool::new(false),
        });
        let accepting = Arc::clone(&shared);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if accepting.stopped.load(Ordering::Relaxed) {
                    return;
                }
                let Ok(stream) = stream else { continue };
                let shared = Arc::clone(&accepting);
                std::thread::spawn(move || shared.serve(stream));
            }
        });
        Self { url, shared }
    }

    /// Returns how many requests there were.
    pub fn requests(&self) -> usize {
        self.shared.requests.load(Ordering::Relaxed)
    }

    /// Returns how many runs exist by now.
    pub fn visible(&self) -> usize {
        self.shared.visible()
    }

    /// From now on all runs exist.
    pub fn show_all(&self) {
        self.shared.first.store(usize::MAX / 2, Ordering::Relaxed);
    }

    /// Calls `call` when request `number` comes, before it is answered.
    pub fn at(&self, number: usize, call: impl FnOnce() + Send + 'static) {
        self.shared.calls.lock().unwrap().insert(number, Box::new(call));
    }

    /// Returns the requests so far: method, path and query.
    pub fn log(&self) -> Vec<String> {
        self.shared.log.lock().unwrap().clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.stopped.store(true, Ordering::Relaxed);
        let _ = TcpStream::connect(self.url.trim_start_matches("http://"));
    }
}

impl Shared {
    fn visible(&self) -> usize {
        let more = self.requests.load(Ordering::Relaxed) / self.every.max(1);
        (self.first.load(Ordering::Relaxed) + more).min(self.world.runs.len())
    }

    fn serve(&self, stream: TcpStream) {
        let _ = stream.set_nodelay(true);
        let origin = format!("http://{}", stream.local_addr().unwrap());
        let Ok(writing) = stream.try_clone() else { return };
        let (mut reading, mut writing) = (BufReader::new(stream), writing);
        while let Some(asked) = read(&mut reading, &origin) {
            let number = self.requests.fetch_add(1, Ordering::Relaxed) + 1;
            let call = self.calls.lock().unwrap().remove(&number);
            if let Some(call) = call {
                call();
            }
            self.log.lock().unwrap().push(line(&asked));
            let fault = self.faults.get(&number);
            let went_on = match fault {
                Some(Fault::Drop) => false,
                Some(Fault::Stall) => {
                    let mut rest = Vec::new();
                    let _ = reading.read_to_end(&mut rest);
                    false
                }
                Some(Fault::Status(status, headers, body)) => {
                    let mut reply = Reply::status(*status);
                    reply.body = body.as_bytes().to_vec();
                    for (name, value) in headers {
                        reply = reply.with(name, *value);
                    }
                    write(&mut writing, &reply, None)
                }
                Some(Fault::Garbage) => {
                    let mut reply = self.answer(&asked);
                    // Of a text nobody can tell that it is garbage.
                    let is_json = |(name, value): &(String, String)| {
                        name == "content-type" && value.contains("json")
                    };
                    if reply.headers.iter().any(is_json) {
                        reply.body = b"<html>{\"cut\": [1,".to_vec();
                    }
                    write(&mut writing, &reply, None)
                }
                Some(Fault::Slow | Fault::Cut) | None => {
                    let reply = self.answer(&asked);
                    write(&mut writing, &reply, fault)
                }
            };
            if !went_on {
                return;
            }
        }
    }

    fn answer(&self, asked: &Asked) -> Reply {
        if !self.is_allowed(asked) {
            return Reply::status(401);
        }
        let mut reply = (self.vendor.answer)(&self.world, asked, self.visible());
        // What the same question was answered before, with the same words, is not repeated.
        if let Some((_, tag)) = reply.headers.iter().find(|(name, _)| name == "etag")
            && asked.header("if-none-match") == Some(tag)
        {
            reply = Reply::status(304);
        }
        reply
    }

    fn is_allowed(&self, asked: &Asked) -> bool {
        let secret = self.vendor.secret;
        let authorization = asked.header("authorization");
        match self.auth {
            None | Some(Auth::GitHubApp) => true,
            Some(Auth::Bearer) => authorization == Some(&format!("Bearer {secret}")),
            Some(Auth::Prefixed(prefix)) => authorization == Some(&format!("{prefix}{secret}")),
            Some(Auth::Basic) => {
                authorization == Some(&format!("Basic {}", base64(secret.as_bytes())))
            }
            Some(Auth::Header(name)) => asked.header(&name.to_lowercase()) == Some(secret),
        }
    }
}

fn line(asked: &Asked) -> String {
    let query: Vec<String> =
        asked.query.iter().map(|(key, value)| format!("{key}={value}")).collect();
    format!("{} {}?{}", asked.method, asked.path, query.join("&"))
}

/// Reads one request; `None` where the other side hung up.
fn read(from: &mut impl BufRead, origin: &str) -> Option<Asked> {
    let mut text = String::new();
    from.read_line(&mut text).ok().filter(|read| *read > 0)?;
    let mut words = text.split_whitespace();
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let mut asked = Asked {
        method,
        path: unescape(path, false),
        origin: origin.to_owned(),
        ..Asked::default()
    };
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        asked.query.push((unescape(key, true), unescape(value, true)));
    }
    loop {
        let mut text = String::new();
        from.read_line(&mut text).ok().filter(|read| *read > 0)?;
        let Some((name, value)) = text.trim_end().split_once(':') else { break };
        asked.headers.push((name.to_lowercase(), value.trim().to_owned()));
    }
    let length = asked.header("content-length").and_then(|text| text.parse().ok()).unwrap_or(0);
    asked.body = vec![0; length];
    from.read_exact(&mut asked.body).ok()?;
    Some(asked)
}

/// Writes an answer; `false` where the connection ends.
fn write(to: &mut impl Write, reply: &Reply, fault: Option<&Fault>) -> bool {
    let mut bytes = format!("HTTP/1.1 {} Said\r\n", reply.status).into_bytes();
    for (name, value) in &reply.headers {
        bytes.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
    }
    if reply.status != 304 {
        bytes.extend_from_slice(format!("content-length: {}\r\n", reply.body.len()).as_bytes());
    }
    bytes.extend_from_slice(b"\r\n");
    let head = bytes.len();
    bytes.extend_from_slice(&reply.body);
    match fault {
        Some(Fault::Cut) => {
            let _ = to.write_all(&bytes[..head + reply.body.len() / 2]);
            false
        }
        Some(Fault::Slow) => bytes.chunks(bytes.len() / 4 + 1).all(|piece| {
            std::thread::sleep(Duration::from_millis(2));
            to.write_all(piece).and_then(|()| to.flush()).is_ok()
        }),
        _ => to.write_all(&bytes).is_ok(),
    }
}

fn unescape(text: &str, plus_is_blank: bool) -> String {
    let bytes = text.as_bytes();
    let mut plain = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let digits = text.get(at + 1..at + 3).and_then(|two| u8::from_str_radix(two, 16).ok());
        match (bytes[at], digits) {
            (b'%', Some(byte)) => {
                plain.push(byte);
                at += 2;
            }
            (b'+', _) if plus_is_blank => plain.push(b' '),
            (byte, _) => plain.push(byte),
        }
        at += 1;
    }
    String::from_utf8_lossy(&plain).into_owned()
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let mut word = [0; 4];
        word[1..=three.len()].copy_from_slice(three);
        let word = u32::from_be_bytes(word);
        for digit in 0..4 {
            if digit <= three.len() {
                let index = (word >> (18 - 6 * digit)) & 63;
                text.push(char::from(DIGITS[usize::try_from(index).unwrap()]));
            } else {
                text.push('=');
            }
        }
    }
    text
}
