using ClipSharp.Evaluation;

namespace ClipSharp.Cli.Rendering.Progress;

/// <summary>A progress line for each stage of long work, one after the other.</summary>
internal sealed class StageProgress(Output output) : IProgress<BenchmarkProgress>, IDisposable
{
    private (string Stage, string Unit) _current;
    private ProgressLine? _line;

    /// <summary>So far the stage is.</summary>
    public void Report(BenchmarkProgress value)
    {
        if (_line is null || _current != (value.Stage, value.Unit))
        {
            Dispose();
            _current = (value.Stage, value.Unit);
            _line = output.Progress(value.Stage, value.Unit, value.Total);
        }

        _line.Report(value.Done);
    }

    /// <summary>Clears the line.</summary>
    public void Dispose()
    {
        _line?.Dispose();
        _line = null;
    }
}
