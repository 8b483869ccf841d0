using System.Runtime.CompilerServices;
using ClipSharp.Torch.Loading;

namespace ClipSharp.Torch.Tests.Loading;

/// <summary>A test may use TorchSharp before anything of ClipSharp.Torch: libtorch must be loaded by then.</summary>
internal static class LoadLibTorch
{
    [ModuleInitializer]
    internal static void Load() => LibTorch.EnsureLoaded();
}
