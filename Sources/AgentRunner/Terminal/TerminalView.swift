import Agents
import Executions
import Foundation
import LLMConfiguration
import StigmerProtos

/// An execution for a person: the answer on standard output, all else on standard error.
final class TerminalView: ExecutionView {
    private let isTerminal = isatty(STDOUT_FILENO) == 1
    private let tellsProgress = isatty(STDERR_FILENO) == 1
    private let configuration: EffectiveConfiguration
    private var answer: [UInt8] = []
    private var lastByte: UInt8 = UInt8(ascii: "\n")
    private var isReasoning = false
    private var progressIsShown = false

    init(_ configuration: EffectiveConfiguration) {
        self.configuration = configuration
    }

    func take(_ entry: EventLog.Entry) {
        switch entry {
        case .delta(.text, let utf8, _):
            endReasoning()
            clearProgress()
            append(utf8)
        case .delta(.reasoning, let utf8, _):
            // Thoughts are for watching; whoever pipes the answer on wants the answer.
            guard isTerminal else { return }
            clearProgress()
            if !isReasoning { answer += Array("\u{1B}[2m".utf8) }
            isReasoning = true
            append(utf8)
        case .event(let event):
            take(event)
        }
    }

    private func take(_ event: ExecutionEvent) {
        switch event.event {
        case .started:
            guard tellsProgress else { return }
            tell(
                "\(configuration.provider.value) \(configuration.model.value) at \(configuration.baseURL.value)"
                    + " (model from \(configuration.model.origin))"
            )
        case .progress(let progress):
            show(progress)
        case .toolCallStarted(let started):
            note("→ \(started.toolCall.name) \(arguments(of: started.toolCall))")
        case .toolCallCompleted(let completed) where !completed.toolCall.error.isEmpty:
            note("✗ \(completed.toolCall.name): \(completed.toolCall.error)")
        case .todosUpdated(let updated):
            for todo in updated.todos.values.sorted(by: {
                $0.id.count == $1.id.count ? $0.id < $1.id : $0.id.count < $1.id.count
            }) {
                note("\(todo.status.mark) \(todo.content)")
            }
        case .subAgentStarted(let started):
            note("⇒ \(started.subAgentExecution.name): \(started.subAgentExecution.input)")
        case .finished(let finished):
            endReasoning()
            endLine()
            flush()
            clearProgress()
            if finished.phase == .executionCancelled {
                tell("Cancelled.")
            } else if finished.hasError {
                tell("Error: \(finished.error.message)")
            }
        default:
            break
        }
    }

    func flush() {
        writeAll(answer, to: STDOUT_FILENO)
        answer.removeAll(keepingCapacity: true)
    }

    /// A model's words may not steer the terminal: control characters other than line ends and tabs are left out.
    private func append(_ utf8: UnsafeRawBufferPointer) {
        guard let last = utf8.last else { return }
        lastByte = last
        guard isTerminal else { return answer.append(contentsOf: utf8) }
        let text = String(decoding: utf8, as: UTF8.self).unicodeScalars
        let shown = text.filter { $0 == "\n" || $0 == "\t" || $0.properties.generalCategory != .control }
        answer.append(contentsOf: String(String.UnicodeScalarView(shown)).utf8)
    }

    private func endReasoning() {
        guard isReasoning else { return }
        isReasoning = false
        answer += Array("\u{1B}[0m".utf8)
        endLine()
    }

    private func endLine() {
        guard lastByte != UInt8(ascii: "\n") else { return }
        answer.append(UInt8(ascii: "\n"))
        lastByte = UInt8(ascii: "\n")
    }

    /// What an agent does on the way, a line each.
    private func note(_ line: String) {
        endReasoning()
        endLine()
        flush()
        clearProgress()
        let shown = line.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : $0 }.prefix(200)
        tell(String(String.UnicodeScalarView(shown)))
    }

    private func arguments(of call: ToolCall) -> String {
        (try? call.args.jsonBytes()).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    private func show(_ progress: ExecutionEvent.Progress) {
        flush()
        var line = "\(progress.what): \(progress.detail)"
        if progress.hasCompleted && progress.hasTotal && progress.total > 0 {
            let share = min(1, progress.completed / progress.total)
            let width = 30
            let done = Int(share * Double(width))
            let bar = String(repeating: "#", count: done) + String(repeating: ".", count: width - done)
            line = "\(progress.what) [\(bar)] \(Int(share * 100)) % \(progress.detail)"
        }
        guard tellsProgress else { return tell(line) }
        writeAll(Array("\r\u{1B}[K\(line)".utf8), to: STDERR_FILENO)
        progressIsShown = true
    }

    private func clearProgress() {
        guard progressIsShown else { return }
        progressIsShown = false
        writeAll(Array("\r\u{1B}[K".utf8), to: STDERR_FILENO)
    }

    private func tell(_ line: String) {
        writeAll(Array("\(line)\n".utf8), to: STDERR_FILENO)
    }
}

extension TodoStatus {
    fileprivate var mark: String {
        switch self {
        case .todoCompleted: "[x]"
        case .todoInProgress: "[~]"
        case .todoCancelled: "[-]"
        default: "[ ]"
        }
    }
}
