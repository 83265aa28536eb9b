//! A running `aftercast serve`, and the little HTTP that tests need.

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::bench::Bench;

/// A server; it is killed with the value.
pub(crate) struct Serving {
    child: Child,
    /// `127.0.0.1:PORT`.
    pub(crate) address: String,
    said: Arc<Mutex<String>>,
}

impl Serving {
    /// Starts the server and waits until it listens.
    pub(crate) fn start(bench: &Bench, variables: &[(&str, &str)]) -> Self {
        let mut command = bench.command();
        command.args(["serve", "--listen", "127.0.0.1:0"]).envs(variables.iter().copied());
        let mut child = command.spawn().unwrap();
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        let said = Arc::new(Mutex::new(String::new()));
        let mut line = String::new();
        let address = loop {
            line.clear();
            let read = stderr.read_line(&mut line).unwrap();
            assert!(read > 0, "the server ended: {}", said.lock().unwrap());
            said.lock().unwrap().push_str(&line);
            if let Some(address) = line.trim().strip_prefix("listening on http://") {
                break address.to_owned();
            }
        };
        let saying = Arc::clone(&said);
        std::thread::spawn(move || {
            let mut line = String::new();
            while stderr.read_line(&mut line).is_ok_and(|read| read > 0) {
                saying.lock().unwrap().push_str(&line);
                line.clear();
            }
        });
        Self { child, address, said }
    }

    /// Returns what it said so far.
    pub(crate) fn said(&self) -> String {
        self.said.lock().unwrap().clone()
    }

    /// Kills it at once.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks it to end, as service managers do, and returns its exit code and what it said.
    pub(crate) fn end(mut self) -> (Option<i32>, String) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        let code = self.child.wait().unwrap().code();
        (code, self.said())
    }

    /// Posts `body` and returns status and answer.
    pub(crate) fn post(
        &self,
        path: &str,
        headers: &[(String, String)],
        body: &[u8],
    ) -> (u16, String) {
        let length = ("content-length".to_owned(), body.len().to_string());
        self.send("POST", path, headers.iter().chain([&length]), body)
    }

    /// Sends a request as it is and returns status and answer.
    pub(crate) fn send<'h>(
        &self,
        method: &str,
        path: &str,
        headers: impl IntoIterator<Item = &'h (String, String)>,
        body: &[u8],
    ) -> (u16, String) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let mut head = format!("{method} {path} HTTP/1.1\r\nhost: test\r\nconnection: close\r\n");
        for (name, value) in headers {
            write!(head, "{name}: {value}\r\n").unwrap();
        }
        head.push_str("\r\n");
        stream.write_all(head.as_bytes()).unwrap();
        // A server that refuses a body may hang up before all of it is sent.
        let _ = stream.write_all(body);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        let answer = String::from_utf8_lossy(&answer).into_owned();
        let status = answer.split(' ').nth(1).unwrap_or_default().parse().unwrap_or(0);
        let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
        (status, body.to_owned())
    }

    /// Waits until everything that was received has become facts.
    pub(crate) fn wait_until_converted(&self) {
        let begun = Instant::now();
        loop {
            let (status, body) = self.send("GET", "/healthz", [], b"");
            if status == 200 && body.contains("\"waiting\":0") {
                return;
            }
            assert!(begun.elapsed() < Duration::from_mins(1), "{body}\n{}", self.said());
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
