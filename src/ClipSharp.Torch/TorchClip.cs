using ClipSharp.Models;

namespace ClipSharp.Torch;

/// <summary>The shortest way to a <see cref="Clip"/> that computes on libtorch.</summary>
public static class TorchClip
{
    /// <summary>Loads a model.</summary>
    /// <param name="path">A folder of open_clip's or Hugging Face's, a file of weights, a training run for its newest
    /// checkpoint, or <c>hf-hub:org/name</c> for what was pulled.</param>
    /// <param name="device">"cpu" or "cuda:0".</param>
    /// <param name="precision">"auto", "fp32" or "bf16".</param>
    /// <exception cref="ClipException">The model is missing or unfit, or libtorch is.</exception>
    public static Clip Load(string path, string device = "cpu", string precision = "auto") =>
        Load(ModelFiles.Open(path), device, precision);

    /// <summary>Loads an opened model.</summary>
    /// <param name="model">Its files.</param>
    /// <param name="device">"cpu" or "cuda:0".</param>
    /// <param name="precision">"auto", "fp32" or "bf16".</param>
    /// <exception cref="ClipException">The weights or the tokenizer are damaged, or libtorch is missing.</exception>
    public static Clip Load(ModelFiles model, string device = "cpu", string precision = "auto")
    {
        ArgumentNullException.ThrowIfNull(model);
        var tokenizer = Task.Run(model.FindTokenizer); // while the weights are read
        var encoder = TorchEncoder.Load(model, device, precision);
        try
        {
            return new Clip(encoder, model, tokenizer.GetAwaiter().GetResult());
        }
        catch
        {
            encoder.Dispose();
            throw;
        }
    }
}
