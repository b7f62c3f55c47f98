//! A run of the program whose stderr is a terminal: a pseudo-terminal of the system.

use std::fs::File;
use std::io::Read;
use std::process::{Child, Command, Stdio};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

pub struct Run {
    child: Child,
    terminal: File,
    seen: Vec<u8>,
}

impl Run {
    pub fn start(mut command: Command) -> Self {
        let controller = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a terminal");
        grantpt(&controller).expect("a terminal");
        unlockpt(&controller).expect("a terminal");
        let name = ptsname(&controller, Vec::new()).expect("a name");
        let name = name.to_str().expect("UTF-8");
        let end = File::options().read(true).write(true).open(name).expect("a terminal");
        let child = command
            .env("TERM", "xterm")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(end)
            .spawn()
            .expect("patchbay starts");
        // Its end of the terminal is now the child's alone: when that ends, reading does.
        drop(command);
        Self {
            child,
            terminal: controller.into(),
            seen: Vec::new(),
        }
    }

    /// Reads until the text was shown.
    pub fn read_until(&mut self, text: &str) {
        while !self.shown().contains(text) {
            assert!(self.read(), "it ended early: {}", self.shown());
        }
    }

    /// What Ctrl-C does.
    pub fn interrupt(&self) {
        let sent = Command::new("kill")
            .args(["-INT", &self.child.id().to_string()])
            .status();
        assert!(sent.expect("kill").success());
    }

    /// Reads to the end; gives the exit code.
    pub fn end(&mut self) -> i32 {
        while self.read() {}
        let status = self.child.wait().expect("patchbay ends");
        status.code().unwrap_or(-1)
    }

    /// All that was shown so far.
    pub fn shown(&self) -> String {
        String::from_utf8_lossy(&self.seen).into_owned()
    }

    /// Linux tells the end of a terminal by an error.
    fn read(&mut self) -> bool {
        let mut buffer = [0; 4096];
        let count = self.terminal.read(&mut buffer).unwrap_or(0);
        self.seen.extend_from_slice(&buffer[..count]);
        count > 0
    }
}
