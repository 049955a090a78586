package wire

import "encoding/base64"

func base64Text(data []byte) string { return base64.StdEncoding.EncodeToString(data) }

// bytesOfBase64 returns the bytes that text stands for, nil if it is damaged.
func bytesOfBase64(text string) []byte {
	data, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil
	}
	return data
}
