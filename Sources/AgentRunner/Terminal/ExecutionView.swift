import ExecutionService
import Executions
import Foundation

/// Shows an execution as it goes.
protocol ExecutionView {
    func take(_ entry: EventLog.Entry) throws
    func flush()
}

/// The events as JSON, one a line.
final class JSONView: ExecutionView {
    private let encoder = EventEncoder.lines
    private var bytes: [UInt8] = []

    func take(_ entry: EventLog.Entry) throws { try encoder.append(entry, to: &bytes) }

    func flush() {
        writeAll(bytes, to: STDOUT_FILENO)
        bytes.removeAll(keepingCapacity: true)
    }
}

/// Writes to a terminal, a pipe or a file, however slow.
///
/// A reader that has gone ends the program as SIGPIPE would; any other reason why the answer cannot be written is said.
func writeAll(_ bytes: [UInt8], to descriptor: Int32) {
    var rest = bytes[...]
    while !rest.isEmpty {
        let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        if count > 0 {
            rest = rest.dropFirst(count)
        } else if errno != EINTR && errno != EAGAIN {
            let reason = errno
            if reason == EPIPE { exit(141) }
            // Of what only accompanies the answer, none must be lost for the answer.
            guard descriptor == STDOUT_FILENO else { return }
            printError(
                "agent-runner: the answer cannot be written to standard output: \(String(cString: strerror(reason)))"
            )
            exit(EXIT_FAILURE)
        }
    }
}
