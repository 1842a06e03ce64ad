import Failures
import HTTPClient

extension ModelExchange {
    /// What a cancelled call throws.
    var cancelled: ModelFailure {
        ModelFailure(.canceled, "the call to \(endpoint.place) was cancelled")
    }

    /// Whether a response is the stream that was asked for. Odd media types get the benefit of the doubt: the decoder
    /// will say. A page, a document or a content coding that nobody asked for does not.
    func isStream(_ response: HTTPClientResponse, of provider: some ModelProvider) -> Bool {
        guard ModelHTTP.contentCoding(response.headers) == nil else { return false }
        return switch ModelHTTP.mediaType(response.headers) {
        case "text/html": false
        case "application/json": provider.streamType != "text/event-stream"
        default: true
        }
    }

    /// The failure of a 200 that is no stream: the error that it holds, or that it is something else.
    func notAStream(_ response: HTTPClientResponse, _ reported: ModelFailure) -> ModelFailure {
        if let coding = ModelHTTP.contentCoding(response.headers) {
            return ModelFailure(
                .internal,
                "\(endpoint.place) answers with Content-Encoding \(coding), which was not asked for"
            )
        }
        // A status of 200 is an internal failure unless the body holds an error of the API's.
        if reported.code != .internal { return reported }
        let type = ModelHTTP.mediaType(response.headers) ?? "something"
        return ModelFailure(
            .internal,
            "\(endpoint.place) answers with \(type) instead of a stream: check that base_url is the API's"
        )
    }
}
