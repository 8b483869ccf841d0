using ClipSharp.Models.Towers;

namespace ClipSharp.Models;

/// <summary>What a model costs: parameters, and multiply-adds of one forward pass, which the paper's figures call FLOPs. Counted
/// are convolutions, linear maps and the two products of attention, the causal mask's half included; norms and activations are
/// not.</summary>
/// <param name="ImageParameters">Parameters of the image tower, its projection included.</param>
/// <param name="TextParameters">All others: the text tower, its projection, the logit scale and bias.</param>
/// <param name="ImageMultiplyAdds">For one picture.</param>
/// <param name="TextMultiplyAdds">For one text of full length.</param>
public sealed record ModelCost(long ImageParameters, long TextParameters, double ImageMultiplyAdds, double TextMultiplyAdds)
{
    /// <summary>All parameters.</summary>
    public long Parameters => ImageParameters + TextParameters;

    /// <summary>For one picture with its text, forward.</summary>
    public double PairMultiplyAdds => ImageMultiplyAdds + TextMultiplyAdds;

    /// <summary>The cost of a model.</summary>
    /// <param name="config">The model; validated.</param>
    public static ModelCost Of(ModelConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        var parameters = StateDictShapes.Of(config).Where(entry => !entry.IsBuffer)
            .ToLookup(entry => entry.Name.StartsWith("visual.", StringComparison.Ordinal),
                entry => entry.Shape.Aggregate(1L, (product, side) => checked(product * side)));
        return new ModelCost(parameters[true].Sum(), parameters[false].Sum(),
            Tower.Image(config).Layers.Sum(layer => layer.MultiplyAdds),
            Tower.Text(config).Layers.Sum(layer => layer.MultiplyAdds));
    }
}
