using ClipSharp.Host;
using Microsoft.ML.OnnxRuntime;

namespace ClipSharp.Onnx.Sessions;

/// <summary>How ONNX Runtime is begun: the one place that makes the options of a session, so that none is opened before these
/// hold.</summary>
internal static class OnnxSession
{
    /// <summary>The variable by which ONNX Runtime leaves its telemetry off. It is read when the native library is loaded, and
    /// <c>OrtEnv.DisableTelemetryEvents</c> comes too late: by then an identifier and events are written, and sending has
    /// begun.</summary>
    public const string DisableTelemetry = "ORT_DISABLE_TELEMETRY";

    /// <summary>Options of a session.</summary>
    /// <param name="threads">Threads of one forward; 0 = as many as this process has processors.</param>
    public static SessionOptions Options(int threads = 0)
    {
        NativeEnvironment.SetDefault(DisableTelemetry, "1"); // a user who asks for it has set 0
#pragma warning disable RS0030 // this is the place
        var options = new SessionOptions
        {
            IntraOpNumThreads = threads > 0 ? threads : Processors.Threads,
            // its log goes to the console, and what matters comes as an exception too
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL,
        };
#pragma warning restore RS0030
        // Weights of 8 bits become floats once, when a graph is loaded; else each run would widen all of them again.
        options.AddSessionConfigEntry("session.disable_quant_qdq", "1");
        return options;
    }
}
