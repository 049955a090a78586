package intercept

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"sync"
	"time"
)

const (
	leafLife   = 90 * 24 * time.Hour
	leafRenew  = 30 * 24 * time.Hour // left when a new one is made
	maxMinted  = 256                 // certificates kept; then they are made anew
	everywhere = ""                  // the name of the certificate with all names
)

// A mint makes the certificates of names, when they are first asked for. All have
// the same key, which lives as long as the process.
type mint struct {
	key *rsa.PrivateKey

	mu    sync.Mutex
	known map[string]*tls.Certificate
}

func (m *mint) open(a *Authority) error {
	var err error
	if m.key, err = rsa.GenerateKey(rand.Reader, keyBits); err != nil {
		return err
	}
	m.known = make(map[string]*tls.Certificate)
	_, err = a.certificate(everywhere) // before anybody is told that we serve
	return err
}

// certificate returns the certificate of an official name, or of all of them.
func (a *Authority) certificate(name string) (*tls.Certificate, error) {
	m := &a.mint
	m.mu.Lock()
	defer m.mu.Unlock()
	now := time.Now()
	if c := m.known[name]; c != nil && now.Add(leafRenew).Before(c.Leaf.NotAfter) {
		return c, nil
	}
	c, err := a.sign(name, now)
	if err != nil {
		return nil, err
	}
	if len(m.known) >= maxMinted {
		clear(m.known)
	}
	m.known[name] = c
	return c, nil
}

func (a *Authority) sign(name string, now time.Time) (*tls.Certificate, error) {
	serial, err := newSerial()
	if err != nil {
		return nil, err
	}
	names, common := []string{name}, name
	if name == everywhere {
		names, common = Names(), "wx.qq.com"
	}
	if len(common) > 64 { // as much as a common name may have; the list is what counts
		common = "webwx"
	}
	template := &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{CommonName: common},
		DNSNames:     names,
		NotBefore:    now.Add(-skew), NotAfter: now.Add(leafLife),
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, a.mint.key.Public(), a.key)
	if err != nil {
		return nil, err
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	return &tls.Certificate{Certificate: [][]byte{der, a.cert.Raw}, PrivateKey: a.mint.key, Leaf: leaf}, nil
}

// tlsConfig is how this door speaks TLS: from 1.0 on, with the key exchange of old
// programs last, and without insisting on a name.
func (a *Authority) tlsConfig() *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS10,
		NextProtos: []string{"http/1.1"},
		CipherSuites: []uint16{
			tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
			tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
			tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA, tls.TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA,
			tls.TLS_RSA_WITH_AES_128_GCM_SHA256, tls.TLS_RSA_WITH_AES_256_GCM_SHA384,
			tls.TLS_RSA_WITH_AES_128_CBC_SHA, tls.TLS_RSA_WITH_AES_256_CBC_SHA,
		},
		GetCertificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
			if name := plain(hello.ServerName); Official(name) {
				return a.certificate(name)
			}
			return a.certificate(everywhere)
		},
	}
}
