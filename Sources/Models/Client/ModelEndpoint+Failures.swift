import LineStreams
import Failures
import HTTPClient
import WireJSON

extension ModelEndpoint {
    /// The failure that an HTTP status means, with what the provider says about it.
    func failure(status: Int, error: ProviderError) -> ModelFailure {
        let said = quote(error.message)
        let because = said.isEmpty ? "status \(status)" : "\(status): \(said)"
        switch status {
        case 200 where !said.isEmpty:
            return failure(inStream: error)
        case 300..<400:
            return ModelFailure(
                .failedPrecondition,
                "\(place) answers with a redirect (\(status)), which is not followed: set base_url to the final address"
            )
        case 401:
            return ModelFailure(.unauthenticated, "\(place) does not accept the key (\(because)): \(keyHint)")
        case 402:
            return ModelFailure(.resourceExhausted, "\(place) wants to be paid first (\(because))")
        case 403:
            return ModelFailure(.permissionDenied, "\(place) does not allow this (\(because)): \(keyHint)")
        case 404:
            return ModelFailure(
                .notFound,
                "\(place) has no model \"\(model)\" (\(because)): check the model's name and base_url"
            )
        case 408, 504:
            return ModelFailure(.deadlineExceeded, "\(place) took too long (\(because))", isRetryable: true)
        case 429:
            return ModelFailure(
                .resourceExhausted,
                "\(place) refuses more requests for now (\(because))",
                isRetryable: !error.isQuota
            )
        case 400..<500:
            var failure = ModelFailure(.invalidArgument, "\(place) refuses the request (\(because))")
            failure.isPromptTooLong = status == 413 || error.isPromptTooLong
            return failure
        case 500..<600:
            return ModelFailure(.unavailable, "\(place) is not able to answer (\(because))", isRetryable: true)
        default:
            return ModelFailure(.internal, "\(place) answers with an unexpected status (\(because))")
        }
    }

    /// The failure that an error inside a stream means.
    func failure(inStream error: ProviderError) -> ModelFailure {
        if let status = error.impliedStatus { return failure(status: status, error: error) }
        return ModelFailure(
            .unavailable,
            "\(place) reports an error in its stream: \(quote(error.message))",
            isRetryable: true
        )
    }

    /// The failure of a stream that stopped before the provider said that the answer is complete.
    func incomplete(_ marker: String) -> ModelFailure {
        ModelFailure(
            .unavailable,
            "\(place) ended its stream without \(marker): the answer is not complete",
            isRetryable: true
        )
    }

    /// The failure of something in a stream that cannot be understood.
    func garbage(_ error: any Error, in line: UnsafeRawBufferPointer) -> ModelFailure {
        let start = quote(String(decoding: line.prefix(80), as: UTF8.self))
        return ModelFailure(.internal, "\(place) sent something that is not its API's (\(error)): \(start)")
    }

    /// What `error`, thrown while `line` was read, means; errors that are not about the line stay as they are.
    func reading(_ line: UnsafeRawBufferPointer, _ error: any Error) -> any Error {
        error is JSONError ? garbage(error, in: line) : error
    }

    /// The failure of a line that is too long.
    func tooLong(_ error: LineDecoder.TooLong) -> ModelFailure {
        ModelFailure(.internal, "\(place) sent a line of more than \(error.limit) bytes")
    }

    /// What was waited for when the network failed.
    enum Phase: Equatable {
        case head
        case firstToken
        case betweenTokens
        case question
    }

    /// The failure that an error of the network means.
    func failure(_ error: HTTPClientError, _ phase: Phase, _ clocks: ModelClocks) -> ModelFailure {
        switch error.kind {
        case .cancelled:
            return ModelFailure(.canceled, "the call to \(place) was cancelled")
        case .badURL:
            return ModelFailure(.invalidArgument, "base_url \(baseURL) cannot be used: \(error.detail)")
        case .resolveFailed, .connectFailed:
            return ModelFailure(
                .unavailable,
                "\(name) does not answer at \(baseURL): \(startHint) (\(error.detail))",
                isRetryable: true
            )
        case .connectTimedOut:
            return ModelFailure(
                .deadlineExceeded,
                "\(name) at \(baseURL) accepted no connection within \(clocks.connect.inWords): \(startHint)",
                isRetryable: true
            )
        case .tlsFailed:
            return ModelFailure(.unavailable, "no secure connection to \(place): \(error.detail)")
        case .certificateRefused:
            return ModelFailure(
                .unavailable,
                "the certificate of \(place) is not to be trusted (\(error.detail)): \(certificateHint(error.detail))"
            )
        case .timedOut:
            return timedOut(phase, clocks)
        case .closedEarly:
            if phase == .head || phase == .question {
                return ModelFailure(
                    .unavailable,
                    "\(place) closed the connection without an answer (\(error.detail))",
                    isRetryable: true
                )
            }
            return ModelFailure(
                .unavailable,
                "the connection to \(place) broke in the middle of the answer (\(error.detail))",
                isRetryable: true
            )
        case .badResponse:
            return ModelFailure(.internal, "\(place) does not speak HTTP: \(error.detail)")
        case .tooLarge:
            return ModelFailure(.internal, "\(place) sent too much: \(error.detail)")
        }
    }

    /// What to do about a certificate, by OpenSSL's and libcurl's words for what is wrong with it.
    private func certificateHint(_ detail: String) -> String {
        if detail.contains("expired") { return "it must be renewed there, or this machine's clock is wrong" }
        if detail.contains("subject name") { return "set base_url to a name that it is for" }
        return "if it should be, give the root that signed it by --llm-ca-file"
    }

    /// The failure of a clock that ran out.
    func timedOut(_ phase: Phase, _ clocks: ModelClocks) -> ModelFailure {
        let what =
            switch phase {
            case .head, .firstToken: "sent no token within \(clocks.firstToken.inWords) (the limit for the first one)"
            case .betweenTokens: "paused for more than \(clocks.betweenTokens.inWords) (the limit between tokens)"
            case .question: "gave no whole answer within \((clocks.connect + clocks.question).inWords)"
            }
        return ModelFailure(.deadlineExceeded, "\(place) \(what)")
    }
}

extension Duration {
    /// As a person says it: `5 min`, `60 s`, `250 ms`.
    var inWords: String {
        let milliseconds = components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
        if milliseconds % 1000 != 0 { return "\(milliseconds) ms" }
        let seconds = milliseconds / 1000
        return seconds > 60 && seconds % 60 == 0 ? "\(seconds / 60) min" : "\(seconds) s"
    }
}
