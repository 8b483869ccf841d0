using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace ClipSharp.ZeroShot;

/// <summary>Everything that a classifier's weights depend on; when one of these changes, so does the key.</summary>
/// <param name="Model">The model folder's fingerprint.</param>
/// <param name="Tokenizer"><see cref="ClipSharp.Text.TextTokenizer.Fingerprint"/>.</param>
/// <param name="Prompts">Class names and their sentences, in their order.</param>
/// <param name="ContextLength">T.</param>
/// <param name="Engine"><see cref="IClipEncoder.Engine"/>: device and precision change the last digits.</param>
public sealed record ClassifierKey(string Model, string Tokenizer, ClassPrompts Prompts, int ContextLength, string Engine)
{
    // Raised when classifiers are built another way: older files are then not found.
    private const int Version = 2;

    /// <summary>SHA-256 of all of it, 64 hex digits. Lengths are hashed too, so that no two lists read alike.</summary>
    public string Hash()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        AddNumber(Version);
        AddText(Model);
        AddText(Tokenizer);
        AddList(Prompts.Names);
        foreach (var texts in Prompts.Texts)
        {
            AddList(texts);
        }

        AddNumber(ContextLength);
        AddText(Engine);
        return Convert.ToHexStringLower(hash.GetHashAndReset());

        void AddList(IReadOnlyList<string> texts)
        {
            AddNumber(texts.Count);
            foreach (var text in texts)
            {
                AddText(text);
            }
        }

        void AddText(string text)
        {
            var bytes = Encoding.UTF8.GetBytes(text);
            AddNumber(bytes.Length);
            hash.AppendData(bytes);
        }

        void AddNumber(int number)
        {
            Span<byte> bytes = stackalloc byte[4];
            BinaryPrimitives.WriteInt32LittleEndian(bytes, number);
            hash.AppendData(bytes);
        }
    }
}
