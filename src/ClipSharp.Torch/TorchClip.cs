using ClipSharp.Models;

namespace ClipSharp.Torch;

/// <summary>The shortest way to a <see cref="Clip"/> that computes on libtorch.</summary>
public static class TorchClip
{
    /// <summary>Loads a model folder.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="device">"cpu" or "cuda:0".</param>
    /// <param name="precision">"auto", "fp32" or "bf16".</param>
    /// <exception cref="ClipException">The folder is missing or unfit, or libtorch is.</exception>
    public static Clip Load(string path, string device = "cpu", string precision = "auto")
    {
        var folder = ModelFolder.Open(path);
        var encoder = TorchEncoder.Load(folder, device, precision);
        try
        {
            return new Clip(encoder, folder);
        }
        catch
        {
            encoder.Dispose();
            throw;
        }
    }
}
