using ClipSharp.Files;
using ClipSharp.Models.Layouts;
using ClipSharp.Weights;

namespace ClipSharp.Models;

/// <summary>Writes a model in another layout: the same numbers under other names, the configuration in other words.</summary>
public static class ModelConversion
{
    /// <summary>The layouts that are written: "open_clip", "huggingface", "openai".</summary>
    public static IReadOnlyList<string> Layouts { get; } = [.. ModelLayout.All.Select(layout => layout.Name)];

    /// <summary>What a layout has no place for and leaves out of a model that it can hold, a sentence each, for whoever
    /// converts.</summary>
    /// <param name="model">The model.</param>
    /// <param name="layout">One of <see cref="Layouts"/>.</param>
    /// <exception cref="ClipException">There is no such layout.</exception>
    public static IReadOnlyList<string> Losses(ModelFiles model, string layout)
    {
        ArgumentNullException.ThrowIfNull(model);
        return [.. ModelLayout.Named(layout).Losses(model)];
    }

    /// <summary>Writes the model, whole or not at all.</summary>
    /// <param name="model">The model.</param>
    /// <param name="path">Where: a folder, or for "openai" a file. It must not exist yet.</param>
    /// <param name="layout">One of <see cref="Layouts"/>.</param>
    /// <param name="numbers">F32, F16 or BF16 for all weights but the logit scale and bias and the statistics of batch norms,
    /// which keep float32; null = as they are.</param>
    /// <exception cref="ClipException">The layout has no place for this model, a number is too large for its format, or it cannot
    /// be written.</exception>
    public static void Write(ModelFiles model, string path, string layout, TensorType? numbers = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        var target = ModelLayout.Named(layout);
        if (target.WhyNot(model) is { } reason)
        {
            throw new ClipException(ClipError.Config, $"The model cannot be written for {layout}", model.Location, reason,
                "a model that the layout can say", "Choose another layout.");
        }

        AtomicFolder.RequireAbsent(path);
        using var weights = model.OpenWeights();
        var buffers = StateDictShapes.Of(model.Config).Where(entry => entry.IsBuffer).Select(entry => entry.Name).ToHashSet();
        target.Write(path, model, [.. weights.Tensors.Values.Select(tensor =>
            numbers is not { } type || tensor.Type is not (TensorType.F16 or TensorType.BF16 or TensorType.F32 or TensorType.F64)
                ? tensor
            : NumberFormats.Converted(tensor,
                tensor.Name is "logit_scale" or "logit_bias" || buffers.Contains(tensor.Name) ? TensorType.F32 : type))]);
    }
}
