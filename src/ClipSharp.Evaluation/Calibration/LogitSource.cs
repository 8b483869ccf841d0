namespace ClipSharp.Evaluation.Calibration;

/// <summary>Writes the logits of a row.</summary>
/// <param name="row">Which.</param>
/// <param name="logits">[C], written.</param>
public delegate void LogitSource(int row, Span<double> logits);
