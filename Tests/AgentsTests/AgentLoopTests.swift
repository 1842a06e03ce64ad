import EventLoop
import Models
import StigmerProtos
import Synchronization
import Testing
import Tools
import WireJSON

@testable import Agents

@Suite struct AgentLoopTests {
    private static func call(_ id: String, _ name: String, _ arguments: String = "{}") -> ModelToolCall {
        ModelToolCall(id: id, name: name, arguments: arguments)
    }

    private static let echo = StubTool("echo") { arguments, _ in arguments["text"]?.text ?? "nothing" }

    @Test func theModelGetsTheResultAndAnswers() {
        let stage = Stage(ScriptedModel(.calls([Self.call("c1", "echo", #"{"text":"hello"}"#)]), .says("done")))
        #expect(stage.run([Self.echo]) == nil)
        #expect(stage.notes.story == ["calls(c1)", "starts(c1 echo)", "ends(c1 hello)", "says(done)"])
        let second = stage.model.requests[1].messages
        #expect(second.map(\.role) == [.user, .assistant, .tool])
        #expect(second[1].toolCalls == [Self.call("c1", "echo", #"{"text":"hello"}"#)])
        #expect(second[2].text == "hello" && second[2].toolCallID == "c1" && second[2].toolName == "echo")
        #expect(stage.model.requests[0].tools.map(\.name) == ["echo"])
    }

    @Test func aCallIsInTheLogBeforeItBegins() {
        let stage = Stage(ScriptedModel(.calls([Self.call("c1", "look")]), .says("done")))
        let tool = StubTool("look") { [notes = stage.notes] _, _ in "\(notes.committedEvents)" }
        #expect(stage.run([tool]) == nil)
        #expect(stage.notes.story[2] == "ends(c1 2)", "the message and the call's start are committed")
    }

    struct Mistake: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let call: ModelToolCall
        let told: String
    }

    static let mistakes = [
        Mistake(
            testDescription: "an unknown tool",
            call: call("c", "rm"),
            told: "there is no tool \"rm\": there are echo, fail"
        ),
        Mistake(
            testDescription: "malformed arguments",
            call: call("c", "echo", "{"),
            told: "the arguments are no JSON object"
        ),
        Mistake(testDescription: "arguments that are an array", call: call("c", "echo", "[]"), told: "no JSON object"),
        Mistake(testDescription: "a tool that fails", call: call("c", "fail"), told: "no such file"),
    ]

    @Test(arguments: mistakes) func aMistakeGoesBackToTheModel(mistake: Mistake) {
        let stage = Stage(ScriptedModel(.calls([mistake.call]), .says("sorry")))
        let fail = StubTool("fail") { _, _ throws(ToolFailure) in throw ToolFailure("no such file") }
        #expect(stage.run([Self.echo, fail]) == nil)
        #expect(stage.notes.story.suffix(2) == ["ends(c failed)", "says(sorry)"])
        let told = stage.model.requests[1].messages.last
        #expect(told?.text.contains(mistake.told) == true && told?.isToolFailure == true)
    }

    @Test func argumentsAreKeptAsTheyWere() throws {
        let asked = Self.call("c", "echo", "{\"a\":")
        #expect(ToolCall(asked).asked == asked)
        let whole = Self.call("c", "echo", #"{"count":3,"list":[1,2.5,"x"],"flag":true}"#)
        let kept = try JSONValue(json: ToolCall(whole).asked.arguments)
        for member in try #require(try JSONValue(json: whole.arguments).members) {
            #expect(kept[member.name] == member.value)
        }
    }

    @Test func callsThatMayRunBesideEachOtherDo() {
        let running = Mutex((now: 0, most: 0))
        func tool(_ name: String, inParallel: Bool) -> StubTool {
            StubTool(name, inParallel: inParallel) { _, _ in
                running.withLock { running in
                    running.now += 1
                    running.most = max(running.most, running.now)
                }
                for _ in 0..<5 { await Task.yield() }
                running.withLock { $0.now -= 1 }
                return name
            }
        }
        let calls = (1...3).map { Self.call("c\($0)", "read", "{\"n\":\($0)}") }
        let both = Stage(ScriptedModel(.calls(calls), .says("done")))
        #expect(both.run([tool("read", inParallel: true)]) == nil)
        #expect(running.withLock { $0.most } == 3)
        #expect(both.model.requests[1].messages.compactMap(\.toolCallID) == ["c1", "c2", "c3"])
        running.withLock { $0 = (0, 0) }
        let alone = Stage(ScriptedModel(.calls(calls), .says("done")))
        #expect(alone.run([tool("read", inParallel: false)]) == nil)
        #expect(running.withLock { $0.most } == 1)
    }

    @Test(arguments: [2, 3, 4, 5]) func aModelThatRepeatsItselfIsWarnedAndThenStopped(times: Int) {
        let call = ScriptedModel.Line.calls([Self.call("c", "echo", #"{"text":"x","n":1}"#)])
        let other = ScriptedModel.Line.calls([Self.call("c", "echo", #"{"n":1, "text":"y"}"#)])
        let model =
            switch times {
            case 2: ScriptedModel(call, call, other, call, .says("done"))
            case 3: ScriptedModel(call, call, call, .says("done"))
            case 4: ScriptedModel(call, call, call, call, .says("done"))
            default: ScriptedModel(call, call, call, call, call, .says("done"))
            }
        let stage = Stage(model)
        let failure = stage.run([Self.echo])
        #expect((failure?.code == .aborted) == (times == 5))
        let warned = stage.model.requests.compactMap { $0.messages.last?.text }.filter { $0.contains("in a row") }
        #expect(warned.count == min(max(times - 2, 0), 2))
    }

    @Test(arguments: [1, 2, 3]) func stepsAreLimited(steps: Int) {
        let stage = Stage(
            ScriptedModel(
                .calls([Self.call("c1", "echo", #"{"text":"1"}"#)]),
                .calls([Self.call("c2", "echo", #"{"text":"2"}"#)]),
                .says("done")
            )
        )
        let failure = stage.run([Self.echo], limits: Agents.AgentLimits(maxSteps: steps))
        #expect((failure == nil) == (steps == 3))
        #expect(failure == nil || failure?.code == .resourceExhausted)
        #expect(stage.model.requests.count == steps)
    }

    @Test(arguments: [15, 16, 30]) func tokensAreLimited(tokens: Int) {
        // An answer takes 15.
        let stage = Stage(ScriptedModel(.calls([Self.call("c1", "echo")]), .says("done")))
        let failure = stage.run([Self.echo], limits: Agents.AgentLimits(maxTokens: tokens))
        #expect((failure == nil) == (tokens > 15))
    }

    @Test func idsThatServersCountFromZeroAreMadeTheExecutionsOwn() {
        let stage = Stage(
            ScriptedModel(
                .calls([Self.call("call_0", "echo", #"{"text":"1"}"#), Self.call("call_1", "echo", #"{"text":"2"}"#)]),
                .calls([Self.call("call_0", "echo", #"{"text":"3"}"#)]),
                .says("done")
            )
        )
        #expect(stage.run([Self.echo]) == nil)
        #expect(stage.notes.story.filter { $0.hasPrefix("calls") } == ["calls(call_1_1 call_1_2)", "calls(call_2_1)"])
    }

    @Test func whatWasNotBegunBeforeARestartIsRunFirst() {
        let stage = Stage(ScriptedModel(.says("done")))
        #expect(stage.run([Self.echo], pending: [Self.call("c1", "echo", #"{"text":"late"}"#)]) == nil)
        #expect(stage.notes.story == ["starts(c1 echo)", "ends(c1 late)", "says(done)"])
        #expect(stage.model.requests[0].messages.last?.text == "late")
    }

    @Test func aCancelledAgentStopsItsToolAndAsksNoMore() {
        let stage = Stage(ScriptedModel(.calls([Self.call("c1", "wait")]), .says("done")))
        let wait = StubTool("wait") { _, _ throws(ToolFailure) in
            let signal = Signal()
            await signal.wait()
            throw ToolFailure("stopped")
        }
        let failure = stage.run([wait], cancelAfter: .seconds(3))
        #expect(failure?.code == .canceled)
        #expect(stage.notes.story.last == "ends(c1 failed)")
        #expect(stage.model.requests.count == 1)
    }

    @Test func whatAToolTellsIsTogetherAFewEvents() {
        let stage = Stage(ScriptedModel(.calls([Self.call("c1", "talk")]), .says("done")))
        let talk = StubTool("talk") { _, context in
            for number in 1...100 { context.report("\(number) ") }
            for _ in 0..<5 { await Task.yield() }
            return "said"
        }
        #expect(stage.run([talk]) == nil)
        let told = stage.notes.story.filter { $0.hasPrefix("progress") }
        #expect(told == ["progress(talk: \((1...100).map { "\($0) " }.joined()))"])
        #expect(stage.notes.story.suffix(2) == ["ends(c1 said)", "says(done)"])
    }

    @Test(arguments: [1 << 20, (1 << 20) + 1]) func aResultIsKeptUpToAMegabyte(count: Int) {
        let stage = Stage(ScriptedModel(.calls([Self.call("c1", "much")]), .says("done")))
        let much = StubTool("much") { _, _ in String(repeating: "x", count: count) }
        #expect(stage.run([much]) == nil)
        let told = stage.model.requests[1].messages.last?.text ?? ""
        #expect(told.hasSuffix("cut: it has \(count) bytes") == (count > 1 << 20))
        #expect(told.utf8.prefix { $0 == UInt8(ascii: "x") }.count == 1 << 20)
    }

    @Test(arguments: [65_536, 65_537]) func whatAToolTellsIsBounded(count: Int) {
        let stage = Stage(ScriptedModel(.calls([Self.call("c1", "talk")]), .says("done")))
        let talk = StubTool("talk") { _, context in
            context.report(String(repeating: "x", count: count))
            context.report("more")
            for _ in 0..<5 { await Task.yield() }
            return "said"
        }
        #expect(stage.run([talk]) == nil)
        let told = stage.notes.story.filter { $0.hasPrefix("progress") }.joined()
        #expect(told.count { $0 == "x" } == 65_536)
        #expect(told.contains("…") == (count > 65_536) && !told.contains("more"))
    }

    @Test func workIsHandedToASubAgent() {
        let stage = Stage(
            ScriptedModel(
                .calls([Self.call("c1", "task", #"{"agent":"poet","task":"rhyme"}"#)]),
                .calls([Self.call("x", "echo", #"{"text":"moon"}"#)]),
                .says("June"),
                .says("done")
            )
        )
        let poet = Agents.SubAgent(name: "poet", description: "rhymes", instructions: "Rhyme.", tools: [Self.echo])
        #expect(stage.run([], subAgents: [poet]) == nil)
        #expect(
            stage.notes.story == [
                "calls(c1)", "starts(c1 task)", "hands(poet)", "starts(c1/x echo)", "ends(c1/x moon)", "gets(June)",
                "ends(c1 June)", "says(done)",
            ]
        )
        #expect(stage.model.requests[1].messages.map(\.text) == ["Rhyme.", "rhyme"], "it sees its own task alone")
        #expect(stage.model.requests[1].tools.map(\.name) == ["echo"])
        guard case .subAgentCompleted(let completed) = stage.notes.events[5] else {
            Issue.record("no end of the sub-agent")
            return
        }
        #expect(completed.usage.outputTokens == 10)
    }

    @Test func aSubAgentThatIsNotThereIsAMistakeOfTheModel() {
        let stage = Stage(
            ScriptedModel(.calls([Self.call("c1", "task", #"{"agent":"cook","task":"x"}"#)]), .says("done"))
        )
        let poet = Agents.SubAgent(name: "poet", description: "rhymes", instructions: "", tools: [])
        #expect(stage.run([], subAgents: [poet]) == nil)
        #expect(stage.model.requests[1].messages.last?.text == "agent must be one of poet")
    }

    @Test func aFailureOfTheModelEndsTheWork() {
        let stage = Stage(ScriptedModel(.calls([Self.call("c1", "echo")]), .fails(ModelFailure(.unavailable, "gone"))))
        #expect(stage.run([Self.echo]) == ModelFailure(.unavailable, "gone"))
    }
}

@Suite struct TodosToolTests {
    private func write(_ json: String, before: [String: TodoItem] = [:]) async throws -> [String: TodoItem] {
        let told = Mutex<[String: TodoItem]>([:])
        let tool = TodosTool(before, surroundings: .system) { todos in told.withLock { $0 = todos } }
        _ = try await tool.call(try JSONValue(json: json), ToolContext(callID: "c") { _ in })
        return told.withLock { $0 }
    }

    @Test func aPlanIsReplacedAsAWhole() async throws {
        let first = try await write(
            #"{"todos":[{"content":"a","status":"pending"},{"content":"b","status":"in_progress"}]}"#
        )
        #expect(first["1"]?.content == "a" && first["1"]?.status == .todoPending)
        #expect(first["2"]?.status == .todoInProgress)
        let second = try await write(#"{"todos":[{"content":"a","status":"completed"}]}"#, before: first)
        #expect(second.count == 1 && second["1"]?.status == .todoCompleted)
        #expect(second["1"]?.createdAt == first["1"]?.createdAt)
    }

    @Test(arguments: [
        (#"{}"#, "todos is missing"), (#"{"todos":[{"content":"","status":"pending"}]}"#, "item 1: content"),
        (#"{"todos":[{"content":"a","status":"done"}]}"#, "item 1: status"), (#"{"todos":[1]}"#, "item 1: content"),
    ]) func whatIsNoPlanIsRefused(json: String, sentence: String) async throws {
        let failure = await #expect(throws: ToolFailure.self) { _ = try await write(json) }
        #expect(failure?.message.contains(sentence) == true)
    }

    @Test(arguments: [100, 101]) func aPlanIsBounded(count: Int) async throws {
        let items = Array(repeating: #"{"content":"a","status":"pending"}"#, count: count).joined(separator: ",")
        let plan = try? await write("{\"todos\":[\(items)]}")
        #expect((plan != nil) == (count <= 100))
    }
}
