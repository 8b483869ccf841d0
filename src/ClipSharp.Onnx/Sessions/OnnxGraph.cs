using Microsoft.ML.OnnxRuntime;

namespace ClipSharp.Onnx.Sessions;

/// <summary>A graph that ONNX Runtime has opened.</summary>
internal sealed class OnnxGraph : IDisposable
{
    private OnnxGraph(string path, InferenceSession session) => (Path, Session) = (path, session);

    /// <summary>Its file.</summary>
    public string Path { get; }

    /// <summary>The runtime's own object.</summary>
    public InferenceSession Session { get; }

    /// <summary>How it is run.</summary>
    public RunOptions Options { get; } = new();

    /// <summary>Opens a graph whose file was looked through before (<see cref="Folders.GraphHeader"/>).</summary>
    /// <exception cref="ClipException">The runtime does not take it.</exception>
    public static OnnxGraph Open(string path, SessionOptions options)
    {
        try
        {
            return new OnnxGraph(path, new InferenceSession(path, options));
        }
        catch (OnnxRuntimeException e)
        {
            throw Unfit(path, e.Message.ReplaceLineEndings(" "), "a graph that ONNX Runtime opens", e);
        }
    }

    public void Dispose()
    {
        Options.Dispose();
        Session.Dispose();
    }

    /// <summary>The refusal of a graph.</summary>
    public static ClipException Unfit(string path, string found, string expected, Exception? inner = null) =>
        new(ClipError.Data, "The ONNX model cannot be used", path, found, expected,
            "Export it again, or choose another graph with --onnx-file.", inner);
}
