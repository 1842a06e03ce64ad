import Failures
import StigmerProtos
import SwiftProtobuf
import Testing

@testable import ExecutionService

/// What a caller is told of JSON that does not fit: which part, with which value, and what would.
@Suite struct JSONDiagnosisTests {
    static let rows: [(json: String, message: String)] = [
        // Not JSON at all, or not an object.
        ("", "the body is empty"),
        (" \n\t\r ", "the body is empty"),
        ("{", "the body is not JSON"),
        (#"{"spec":{"message":"Hi""#, "the body is not JSON"),
        (#"{"spec":{"message":"Hi}}"#, "the body is not JSON"),
        (#"{"spec":{}} x"#, "the body is not JSON"),
        (#"{"spec":{}}{}"#, "the body is not JSON"),
        (#"{'spec':{}}"#, "the body is not JSON"),
        (#"{spec:{}}"#, "the body is not JSON"),
        ("hello", "the body is not JSON"),
        ("[]", "the body must be a JSON object, not []"),
        (#"[{"spec":{}}]"#, "the body must be a JSON object, not [{"),
        (#""Hi""#, "the body must be a JSON object, not \"Hi\""),
        ("7", "the body must be a JSON object, not 7"),
        ("null", "the body must be a JSON object, not null"),
        // Unknown fields, at each depth, with what stands in them.
        (#"{"sepc":{"message":"Hi"}}"#, "unknown field sepc: is it misspelt?"),
        (#"{"spec":{"mesage":"Hi"}}"#, "unknown field spec.mesage: is it misspelt?"),
        (#"{"spec":{"executionConfig":{"modelNmae":"m"}}}"#, "unknown field spec.executionConfig.modelNmae: "),
        (#"{"spec":{"execution_config":{"temprature":1}}}"#, "unknown field spec.execution_config.temprature: "),
        (#"{"spec":{"bogus":{"a":{"b":[1]}}}}"#, "unknown field spec.bogus: "),
        (#"{"spec":{"bogus":[1,2]}}"#, "unknown field spec.bogus: "),
        (#"{"spec":{"bogus":null}}"#, "unknown field spec.bogus: "),
        (#"{"spec":{"runtimeEnv":{"A":{"value":"x","secret":true}}}}"#, "unknown field spec.runtimeEnv.A.secret: "),
        (#"{"status":{"messages":[{},{"txt":""}]}}"#, "unknown field status.messages[1].txt: "),
        (#"{"status":{"messages":[{"toolCalls":[{"x":1}]}]}}"#, "unknown field status.messages[0].toolCalls[0].x: "),
        (#"{"metadata":{"version":{"ident":"1"}}}"#, "unknown field metadata.version.ident: "),
        (#"{"":1}"#, "unknown field"),
        (#"{"spec":{"message":"Hi"},"Spec":{}}"#, "unknown field Spec: "),
        // Wrong types.
        (#"{"spec":"Hi"}"#, "spec must be an object, not \"Hi\""),
        (#"{"spec":["Hi"]}"#, "spec must be an object, not [\"Hi\"]"),
        (#"{"spec":1}"#, "spec must be an object, not 1"),
        (#"{"kind":{}}"#, "kind must be a string, not {}"),
        (#"{"spec":{"message":1}}"#, "spec.message must be a string, not 1"),
        (#"{"spec":{"message":true}}"#, "spec.message must be a string, not true"),
        (#"{"spec":{"message":["Hi"]}}"#, "spec.message must be a string, not [\"Hi\"]"),
        (#"{"spec":{"message":{"text":"Hi"}}}"#, "spec.message must be a string, not {\"text\":\"Hi\"}"),
        (#"{"spec":{"executionConfig":"m"}}"#, "spec.executionConfig must be an object, not \"m\""),
        (#"{"spec":{"executionConfig":{"modelName":1}}}"#, "spec.executionConfig.modelName must be a string, not 1"),
        (#"{"spec":{"executionConfig":{"temperature":"hot"}}}"#, "spec.executionConfig.temperature must be a number"),
        (#"{"spec":{"executionConfig":{"temperature":true}}}"#, "spec.executionConfig.temperature must be a number"),
        (#"{"spec":{"executionConfig":{"temperature":[1]}}}"#, "spec.executionConfig.temperature must be a number"),
        (
            #"{"spec":{"executionConfig":{"maxTokens":1.5}}}"#,
            "spec.executionConfig.maxTokens must be a number of its type"
        ),
        (#"{"spec":{"executionConfig":{"maxTokens":2147483648}}}"#, "maxTokens must be a number of its type and range"),
        (
            #"{"spec":{"executionConfig":{"maxTokens":-2147483649}}}"#,
            "maxTokens must be a number of its type and range"
        ),
        (#"{"spec":{"executionConfig":{"maxTokens":99999999999999999999}}}"#, "maxTokens must be a number of its type"),
        (#"{"spec":{"executionConfig":{"maxTokens":"many"}}}"#, "spec.executionConfig.maxTokens must be a number"),
        (#"{"spec":{"executionConfig":{"maxTokens":"NaN"}}}"#, "spec.executionConfig.maxTokens must be a number"),
        (#"{"spec":{"callbackToken":"???"}}"#, "spec.callbackToken "),
        (
            #"{"status":{"phase":"EXECUTION_DONE"}}"#,
            "status.phase must be one of the known names, not \"EXECUTION_DONE\""
        ),
        (#"{"status":{"phase":true}}"#, "status.phase "),
        (#"{"status":{"messages":{}}}"#, "status.messages must be an array, not {}"),
        (#"{"status":{"messages":[{},[]]}}"#, "status.messages[1] must be an object, not []"),
        (#"{"status":{"messages":[null]}}"#, "status.messages[0] must be an object, not null"),
        (#"{"metadata":{"tags":["a",1]}}"#, "metadata.tags[1] must be a string, not 1"),
        (#"{"metadata":{"tags":"a"}}"#, "metadata.tags must be an array, not \"a\""),
        (#"{"metadata":{"labels":{"a":1}}}"#, "metadata.labels.a must be a string, not 1"),
        (#"{"metadata":{"labels":["a"]}}"#, "metadata.labels must be an object, not [\"a\"]"),
        (#"{"spec":{"runtimeEnv":{"A":"x"}}}"#, "spec.runtimeEnv.A must be an object, not \"x\""),
        (#"{"spec":{"runtimeEnv":{"A":{"isSecret":"yes"}}}}"#, "spec.runtimeEnv.A.isSecret must be true or false"),
        (#"{"status":{"messages":[{"metadata":[]}]}}"#, "status.messages[0].metadata must be an object, not []"),
        (
            #"{"status":{"audit":{"specAudit":{"createdAt":"yesterday"}}}}"#,
            "status.audit.specAudit.createdAt must be an RFC 3339 time, not \"yesterday\""
        ),
    ]

    @Test(arguments: rows)
    func theCulpritIsNamed(row: (json: String, message: String)) throws {
        let message = try #require(refusal(of: Array(row.json.utf8)))
        #expect(message.contains(row.message))
        #expect(message.count < 400)
    }

    static let fine = [
        "{}", #"{"spec":null}"#, #"{"spec":{"message":"Hi"}}"#, #"{"api_version":"x"}"#, #"{"apiVersion":"x"}"#,
        #"{"spec":{"executionConfig":{"temperature":"0.5","maxTokens":"7"}}}"#,
        #"{"spec":{"execution_config":{"temperature":1,"max_tokens":1e2}}}"#,
        #"{"spec":{"executionConfig":{"temperature":"NaN"}}}"#, #" {"spec" : { } } "#,
        #"{"spec":{"message":"\ud83d\ude00\u0000\u2028"}}"#, #"{"status":{"phase":3}}"#,
        #"{"status":{"messages":[{"metadata":{"a":[1,{"b":null}]}}]}}"#,
    ]

    @Test(arguments: fine)
    func whatFitsIsRead(json: String) {
        #expect(refusal(of: Array(json.utf8)) == nil)
    }

    @Test func aLongValueAndALongPathAreCut() throws {
        let long = String(repeating: "x", count: 10_000)
        #expect(try #require(refusal(of: Array(#"{"spec":["\#(long)"]}"#.utf8))).count < 200)
        #expect(try #require(refusal(of: Array(#"{"\#(long)":1}"#.utf8))).count < 400)
    }

    @Test(arguments: [99, 150, 400, 5000, 500_000])
    func aNestingBombIsRefused(depth: Int) throws {
        let open = String(repeating: #"{"a":"#, count: depth)
        let close = String(repeating: "}", count: depth)
        for before in [#"{"status":{"messages":[{"metadata":"#, #"{"spec":"#, #"{"a":"#] {
            let end = before.hasSuffix(#"metadata":"#) ? "}]}}" : "}"
            #expect(refusal(of: Array((before + open + "1" + close + end).utf8)) != nil)
        }
        #expect(refusal(of: Array(String(repeating: "[", count: depth).utf8)) != nil)
    }

    @Test func wrongBytesAreRefused() {
        #expect(refusal(of: Array("{\"kind\":\"".utf8) + [0xFF] + Array("\"}".utf8)) != nil)
        #expect(refusal(of: [0xFF, 0xFE, 0x7B, 0, 0x7D, 0]) != nil)
        #expect(refusal(of: [0]) != nil)
    }

    /// Looking for the culprit among very many must not hold the loop: the search halves them.
    @Test(arguments: [
        (
            #"{"spec":{"runtimeEnv":{"#, #""K%":{"value":"vvvvvvvvvvvvvvv"}"#, #""K0x":{"valeu":""}}}}"#,
            "runtimeEnv.K0x.valeu"
        ),
        (#"{"metadata":{"tags":["#, #""tttttttttttttttttttt""#, #"1]}}"#, "metadata.tags[10000] must be a string"),
        (
            #"{"status":{"messages":["#, #"{"content":"cccccc"}"#, #"{"contnet":""}]}}"#,
            "status.messages[10000].contnet"
        ),
    ])
    func aBadOneAmongVeryManyIsFoundInTime(row: (before: String, part: String, after: String, message: String)) throws {
        var body = Array(row.before.utf8)
        for number in 0..<10_000 {
            body += Array(row.part.replacing("%", with: "\(number)").utf8)
            body.append(UInt8(ascii: ","))
        }
        body += Array(row.after.utf8)
        let clock = ContinuousClock()
        let once = clock.measure { _ = try? AgentExecution(jsonUTF8Bytes: body) }
        var message: String?
        let all = clock.measure { message = refusal(of: body) }
        #expect(message?.contains(row.message) == true, "\(message ?? "none")")
        // One try for each member would take ten thousand times as long.
        #expect(all < once * 40 + .seconds(1), "\(body.count) bytes: \(once) to read, \(all) to explain")
    }

    @Test func aLongPromptWithAMisspeltSettingIsToldAsAShortOne() throws {
        let prompt = String(repeating: "prompt ", count: 560_000)
        let body = #"{"spec":{"message":"\#(prompt)","executionConfig":{"modelname":"m"}}}"#
        let message = try #require(refusal(of: Array(body.utf8)))
        #expect(message == "unknown field spec.executionConfig.modelname: is it misspelt?")
    }

    /// What the decoder says of a JSON body; nil if it takes it.
    private func refusal(of body: [UInt8]) -> String? {
        do throws(ServiceError) {
            let _: AgentExecution = try RequestDecoder.decode(
                body,
                Negotiation(message: .json, framing: .lines, compression: nil)
            )
            return nil
        } catch {
            #expect(error.code == .invalidArgument && error.status == 400)
            return error.message
        }
    }
}
