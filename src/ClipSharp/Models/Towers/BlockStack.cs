namespace ClipSharp.Models.Towers;

/// <summary>A tower's pre-norm Transformer blocks, all alike: x + attention(norm(x)), then x + perceptron(norm(x)).</summary>
/// <param name="Count">How many.</param>
/// <param name="Width">D.</param>
/// <param name="Heads">A.</param>
/// <param name="MlpWidth">Width of the perceptron inside.</param>
/// <param name="Activation">The perceptron's.</param>
/// <param name="Epsilon">Of every norm of the tower.</param>
/// <param name="LayerScale">Where the factors of what a block adds start (Touvron et al. 2021); null = there are none.</param>
/// <param name="IsCausal">Whether token t sees tokens 0 to t only.</param>
public sealed record BlockStack(int Count, int Width, int Heads, int MlpWidth, Activation Activation, double Epsilon,
    double? LayerScale, bool IsCausal);
