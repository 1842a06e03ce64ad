import StigmerProtos
import SwiftProtobuf
import Testing

/// The JSON that `wire.md` and `cascade.md` show, letter by letter. Catches a renamed field, a type whose proto3 JSON is
/// a string where people expect a number, and a field that is written although it has nothing to say.
@Suite struct JSONShapeTests {
    @Test func aDeltaIsAsSmallAsItLooks() throws {
        let event = ExecutionEvent.with {
            $0.cursor = "5.140"
            $0.textDelta.text = " hello"
        }
        #expect(try json(event) == #"{"cursor":"5.140","textDelta":{"text":" hello"}}"#)
    }

    @Test func aDurableEventCarriesItsTime() throws {
        let event = ExecutionEvent.with {
            $0.cursor = "6"
            $0.time = ProtobufTimestamp(seconds: 1_700_000_000, nanos: 250_000_000)
            $0.messageDiscarded.reason = "restart"
        }
        #expect(
            try json(event)
                == #"{"cursor":"6","time":"2023-11-14T22:13:20.250Z","messageDiscarded":{"reason":"restart"}}"#
        )
    }

    @Test(arguments: [
        (ProtobufValue(stringValue: "ollama"), #"{"value":"ollama","origin":"o"}"#),
        (ProtobufValue(numberValue: 0), #"{"value":0,"origin":"o"}"#),
        (ProtobufValue(numberValue: 0.2), #"{"value":0.2,"origin":"o"}"#),
        (ProtobufValue(numberValue: 4096), #"{"value":4096,"origin":"o"}"#),
        (ProtobufValue(numberValue: 1_048_576), #"{"value":1048576,"origin":"o"}"#),
        (ProtobufValue.null, #"{"value":null,"origin":"o"}"#),
    ])
    func aSettingShowsAStringANumberOrNull(value: ProtobufValue, shown: String) throws {
        let setting = EffectiveSetting.with {
            $0.value = value
            $0.origin = "o"
        }
        #expect(try json(setting) == shown)
        #expect(try EffectiveSetting(jsonString: shown) == setting)
    }

    @Test func theConfigurationIsKeyedByTheSettingsOwnNames() throws {
        let config = EffectiveConfig.with {
            $0.settings["max_tokens"] = .with {
                $0.value = .null
                $0.origin = "default for ollama"
            }
            $0.settings["base_url"] = .with {
                $0.value = "http://localhost:11434"
                $0.origin = "default for ollama"
            }
        }
        #expect(
            try json(config)
                == #"{"settings":{"base_url":{"value":"http://localhost:11434","origin":"default for ollama"},"#
                + #""max_tokens":{"value":null,"origin":"default for ollama"}}}"#
        )
    }

    @Test func whatIsNotKnownIsLeftOutAndZeroIsWritten() throws {
        let event = ExecutionEvent.with {
            $0.cursor = "9"
            $0.finished.phase = .executionFailed
            $0.finished.error.code = "unavailable"
            $0.finished.error.message = "gone"
            $0.finished.usage.inputTokens = 12
            $0.finished.usage.outputTokens = 0
            $0.finished.timings.queuedMs = 0
            $0.finished.timings.totalMs = 1500
        }
        #expect(
            try json(event)
                == #"{"cursor":"9","finished":{"phase":"EXECUTION_FAILED","error":{"code":"unavailable","message":"gone"},"#
                + #""usage":{"inputTokens":12,"outputTokens":0},"timings":{"queuedMs":0,"totalMs":1500}}}"#
        )
    }

    @Test func bytesBeyondInt32AreNumbers() throws {
        let progress = ExecutionEvent.Progress.with {
            $0.what = "pulling"
            $0.completed = 0
            $0.total = 40_000_000_001
        }
        #expect(try json(progress) == #"{"what":"pulling","completed":0,"total":40000000001}"#)
    }

    @Test(arguments: [
        (#"{"a":5.0}"#, #"{"a":5}"#),
        (#"{"a":-3}"#, #"{"a":-3}"#),
        (#"{"a":40.05}"#, #"{"a":40.05}"#),
        (#"{"a":1e+300}"#, #"{"a":1e+300}"#),
        (#"{"a":[1,2.5,3,[4]]}"#, #"{"a":[1,2.5,3,[4]]}"#),
        (#"{"a":"4.0, \"5.0\", 6.0] \\"}"#, #"{"a":"4.0, \"5.0\", 6.0] \\"}"#),
        (#"{"h\\\"1.0,":7}"#, #"{"h\\\"1.0,":7}"#),
    ])
    func onlyAWholeNumberLosesItsFraction(arguments: String, shown: String) throws {
        let call = try ToolCall.with { $0.args = try ProtobufStruct(jsonString: arguments) }
        #expect(try json(call) == #"{"args":\#(shown)}"#)
        #expect(try ToolCall(jsonUTF8Bytes: call.jsonBytes()) == call)
    }

    @Test func bothSpellingsOfAFieldAreRead() throws {
        let camel = try AgentExecution(
            jsonString: #"{"spec":{"message":"hi","executionConfig":{"modelName":"m","maxTokens":5}}}"#
        )
        let snake = try AgentExecution(
            jsonString: #"{"spec":{"message":"hi","execution_config":{"model_name":"m","max_tokens":5}}}"#
        )
        #expect(camel == snake)
        #expect(camel.spec.executionConfig.modelName == "m")
        #expect(camel.spec.executionConfig.maxTokens == 5)
        #expect(
            try json(snake) == #"{"spec":{"message":"hi","executionConfig":{"modelName":"m","maxTokens":5}}}"#
        )
    }

    @Test(arguments: [
        (#"{"spek":{}}"#, "spek"),
        (#"{"spec":{"message":"hi","execution_config":{"modelname":"m"}}}"#, "modelname"),
        (#"{"spec":{"runtime_env":{"A":{"valu":"x"}}}}"#, "valu"),
    ])
    func anUnknownFieldIsRefusedByName(json: String, field: String) {
        do {
            _ = try AgentExecution(jsonString: json)
            Issue.record("accepted \(json)")
        } catch JSONDecodingError.unknownField(let name) {
            #expect(name == field)
        } catch {
            Issue.record("\(error) names no field")
        }
    }

    @Test func aZeroTemperatureIsTakenAsSaid() throws {
        let said = try ExecutionConfig(jsonString: #"{"temperature":0}"#)
        #expect(said.hasTemperature)
        #expect(try ExecutionConfig(jsonString: "{}").hasTemperature == false)
        #expect(try ExecutionConfig(serializedBytes: said.serializedBytes() as [UInt8]).hasTemperature)
    }

    private func json(_ message: some Message) throws -> String {
        String(decoding: try message.jsonBytes(), as: UTF8.self)
    }
}
